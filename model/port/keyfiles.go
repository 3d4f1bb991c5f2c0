package port

import (
	"context"

	"trustdeck/model"
)

// KeyFiles is a KeyStore whose keys are files: they come from files that lie elsewhere, and
// go into them. Errors are *model.Fault.
type KeyFiles interface {
	// Dir is the folder.
	Dir() string
	// ReadKeys reads the private keys in a file that lies elsewhere, without opening them. The
	// error says why the file holds none that can be kept; path is for people.
	ReadKeys(path string, content []byte) (ForeignFile, error)
	// OpenKey opens one of them. The passphrase is not looked at where the key has none; a
	// wrong one is FaultSecret.
	OpenKey(key ForeignKey, passphrase []byte) (Signer, error)
	// AddKey keeps one of them as what its Key says, which may be another role and repository
	// than the file states. A key that is there already is refused. Without a passphrase to
	// keep it under, it is kept as it is encrypted, if it is Native; else it is opened with
	// opens and kept under keep. When it returns, the key outlasts a crash.
	AddKey(ctx context.Context, key ForeignKey, opens, keep []byte) (model.PrivateKey, error)
	// ExportKey is a key that Keys returned as another program imports it, encrypted as it is.
	// One that no passphrase protects is refused.
	ExportKey(ctx context.Context, key model.PrivateKey) ([]byte, error)
	// CheckNew says why WriteNew would refuse a path.
	CheckNew(path string) error
	// WriteNew writes a file that is not there yet, and never into the folder. Only its owner
	// can read it. It is whole and on the disk, or not there at all.
	WriteNew(path string, content []byte) error
	// ReadBack reads a file that WriteNew wrote.
	ReadBack(path string) ([]byte, error)
}

// ForeignFile is a file from elsewhere that holds private keys.
type ForeignFile struct {
	Keys []ForeignKey
	// Others are the types of what is in it beside private keys, as PEM names them.
	Others []string
}

// ForeignKey is a private key in a file that lies elsewhere.
type ForeignKey struct {
	// Key says what can be said of it; Path is the file. ID and Algorithm are empty where only
	// the passphrase shows them.
	Key model.PrivateKey
	// Native is true where the key is encrypted as the store encrypts: once its ID is known, it
	// can be kept as it is.
	Native bool
	// Block is the key as the file has it. Its holder wipes it.
	Block []byte
}
