package backup

import (
	"context"
	"time"

	"trustdeck/model"
	"trustdeck/model/dialect"
	"trustdeck/model/port"
)

// Archives are the files that hold backups. Errors are *model.Fault.
type Archives interface {
	// Ready says why Write would refuse a path or a lock, before anybody is asked for
	// anything.
	Ready(path string, lock Encryption) error
	// Form says how a file is encrypted, by its first bytes. Nothing else of it is
	// believed or looked at; a file that cannot be a backup is refused.
	Form(path string) (Form, error)
	// Write makes a new file of a backup. It never takes the place of another file,
	// is never in the trust folder, and is whole and on the disk, or not there at
	// all. again reads what is on the disk now.
	Write(ctx context.Context, path string, backup Content, lock Encryption) (again func(context.Context) (Content, error), err error)
	// Read reads and compares everything that the file holds. It believes nothing: a
	// file that is not wholly what its manifest says is refused.
	Read(ctx context.Context, path string, key Decryption) (Content, error)
}

// Form says how an archive is encrypted.
type Form string

// The forms.
const (
	// Unencrypted: not at all; keys in it are as safe as their own passphrases.
	Unencrypted Form = "none"
	// WithPassphrase: by age, with a passphrase.
	WithPassphrase Form = "passphrase"
	// WithRecipients: by age, for the holders of certain identities.
	WithRecipients Form = "recipients"
)

// Encryption is how an archive is to be encrypted. Without anything it is not.
type Encryption struct {
	Passphrase []byte
	// Recipients are public keys of age, "age1…".
	Recipients []string
}

// Form names the lock.
func (l Encryption) Form() Form {
	switch {
	case len(l.Recipients) > 0:
		return WithRecipients
	case len(l.Passphrase) > 0:
		return WithPassphrase
	default:
		return Unencrypted
	}
}

// Decryption opens an archive that is encrypted.
type Decryption struct {
	// Passphrase is called where one is needed, and again, with what was wrong, until
	// it is right or fails. The slice is wiped.
	Passphrase func(wrong error) ([]byte, error)
	// Identities are files with secret keys of age.
	Identities []string
}

// Content is what an archive holds.
type Content struct {
	// Form is how it was encrypted.
	Form    Form
	Created time.Time
	// Version of the trustdeck that made it.
	Version string
	Keys    []Key
	// Repositories whose metadata is in it, sorted.
	Repositories []model.GUN
	// Pins of the settings at that time.
	Pins dialect.Pins
	// Files sorted by path.
	Files []port.TrustFile
}

// Wipe overwrites the files.
func (b *Content) Wipe() {
	for _, f := range b.Files {
		clear(f.Bytes)
	}
}

// File returns the file at a path.
func (b *Content) File(path string) (port.TrustFile, bool) {
	for _, f := range b.Files {
		if f.Path == path {
			return f, true
		}
	}
	return port.TrustFile{}, false
}

// Key is what the manifest says of a private key.
type Key struct {
	ID model.KeyID
	// Label is the role header, or the name of a signer.
	Label string
	// GUN is empty for root and delegation keys.
	GUN model.GUN
	// Fingerprint is the SHA-256 of the SubjectPublicKeyInfo in hexadecimal; empty
	// where the key was not opened and no metadata lists it.
	Fingerprint string
	Encrypted   bool
	// Path below the trust folder.
	Path string
}

// Trial says what became of trying a key of a backup.
type Trial string

// The outcomes.
const (
	// KeyUsable: it was decrypted, and a signature that it made verifies.
	KeyUsable Trial = "usable"
	// KeySkipped: nobody gave its passphrase, on purpose.
	KeySkipped Trial = "skipped"
	// KeyNotOpened: no passphrase that was given opens it.
	KeyNotOpened Trial = "not opened"
	// KeyUnusable: it is damaged, or not the key that its name says.
	KeyUnusable Trial = "unusable"
)

// TriedKey is a key of a backup and what became of trying it.
type TriedKey struct {
	Key
	Trial Trial
	// Fault says why it was not opened or cannot be used.
	Fault *model.Fault
}

// Report says what an archive holds and what of it can be used.
type Report struct {
	File    string
	Form    Form
	Created time.Time
	Version string
	Keys    []TriedKey
	// Repositories whose metadata is in it, Files how many files there are, keys and
	// metadata, and Pins how many pins.
	Repositories []model.GUN
	Files, Pins  int
	// Left are files that could not be read when the backup was made, or are here
	// now and cannot be read.
	Left []*model.Fault
	// NewKeys and NewRepositories are here now and not in the archive, Rewritten are
	// keys whose file here is not the one in the archive.
	NewKeys         []model.PrivateKey
	Rewritten       []model.PrivateKey
	NewRepositories []model.GUN
	// RecordFault says why it could not be noted that the backup was made and checked;
	// nil where it was.
	RecordFault *model.Fault
}

// Count is how many keys had this outcome.
func (r *Report) Count(trial Trial) int {
	n := 0
	for i := range r.Keys {
		if r.Keys[i].Trial == trial {
			n++
		}
	}
	return n
}

// Failed is how many keys were tried in vain.
func (r *Report) Failed() int { return r.Count(KeyNotOpened) + r.Count(KeyUnusable) }
