package port

import (
	"context"
	"time"

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
	// ChangePassphrases puts keys that Keys returned under another passphrase: all of them, or
	// none. A key that had none is encrypted from then on. Each file is whole at every moment.
	// Where it is cut off once the new files are on the disk, CutOffPassphrases says how far it
	// got; some keys then have the new passphrase, and all others their old one.
	ChangePassphrases(ctx context.Context, changes []PassphraseChange, fresh []byte) error
	// CutOffPassphrases is a change of passphrases that was cut off; nil where none was.
	CutOffPassphrases(ctx context.Context) (*CutOffPassphrases, error)
	// SettlePassphrases ends such a change: finish gives the other keys the new passphrase too,
	// which needs no passphrase; else each key keeps the one that it has. It returns the change as
	// it is then.
	SettlePassphrases(ctx context.Context, finish bool) (*CutOffPassphrases, error)
	// RemoveFile deletes the file of a key that Keys returned, and no other. It refuses a file
	// that is no longer the one that was listed.
	RemoveFile(ctx context.Context, key model.PrivateKey) error
	// RenameKey changes the label of a key that Keys returned, and nothing else of its file, which
	// is whole at every moment. It needs no passphrase.
	RenameKey(ctx context.Context, key model.PrivateKey, label string) error
	// CheckNew says why WriteNew would refuse a path.
	CheckNew(path string) error
	// WriteNew writes a file that is not there yet, and never into the folder. Only its owner
	// can read it. It is whole and on the disk, or not there at all.
	WriteNew(path string, content []byte) error
	// ReadBack reads a file that WriteNew wrote.
	ReadBack(path string) ([]byte, error)
}

// PassphraseChange is a key that gets another passphrase, and what opens it now, nil where it has
// none.
type PassphraseChange struct {
	Key   model.PrivateKey
	Opens []byte
}

// CutOffPassphrases is a change of passphrases that was cut off.
type CutOffPassphrases struct {
	Begun time.Time
	Keys  []CutOffPassphrase
}

// CutOffPassphrase is one of its keys.
type CutOffPassphrase struct {
	// Key is as it is now; without a file it has no Path.
	Key   model.PrivateKey
	State CutOffState
}

// CutOffState says what a key is encrypted with after a change of passphrases was cut off.
type CutOffState string

// The states.
const (
	// OldPassphrase: the key has the passphrase that it had before.
	OldPassphrase CutOffState = "old"
	// NewPassphrase: it has the new one.
	NewPassphrase CutOffState = "new"
	// OtherFile: another program has written or removed the file since.
	OtherFile CutOffState = "other"
)

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
