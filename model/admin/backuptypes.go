package admin

import (
	"context"
	"time"

	"trustdeck/model"
	"trustdeck/model/dialect"
	"trustdeck/model/port"
)

// BackupArchives are the files that hold backups. Errors are *model.Fault.
type BackupArchives interface {
	// Ready says why Write would refuse a path or a lock, before anybody is asked for
	// anything.
	Ready(path string, lock BackupLock) error
	// Form says how a file is encrypted, by its first bytes. Nothing else of it is
	// believed or looked at; a file that cannot be a backup is refused.
	Form(path string) (BackupForm, error)
	// Write makes a new file of a backup. It never takes the place of another file,
	// is never in the trust folder, and is whole and on the disk, or not there at
	// all. again reads what is on the disk now.
	Write(ctx context.Context, path string, backup Backup, lock BackupLock) (again func(context.Context) (Backup, error), err error)
	// Read reads and compares everything that the file holds. It believes nothing: a
	// file that is not wholly what its manifest says is refused.
	Read(ctx context.Context, path string, key BackupKey) (Backup, error)
}

// BackupForm says how an archive is encrypted.
type BackupForm string

// The forms.
const (
	// BackupOpen: not at all; keys in it are as safe as their own passphrases.
	BackupOpen BackupForm = "none"
	// BackupPassphrase: by age, with a passphrase.
	BackupPassphrase BackupForm = "passphrase"
	// BackupRecipients: by age, for the holders of certain identities.
	BackupRecipients BackupForm = "recipients"
)

// BackupLock is how an archive is to be encrypted. Without anything it is not.
type BackupLock struct {
	Passphrase []byte
	// Recipients are public keys of age, "age1…".
	Recipients []string
}

// Form names the lock.
func (l BackupLock) Form() BackupForm {
	switch {
	case len(l.Recipients) > 0:
		return BackupRecipients
	case len(l.Passphrase) > 0:
		return BackupPassphrase
	default:
		return BackupOpen
	}
}

// BackupKey opens an archive that is encrypted.
type BackupKey struct {
	// Passphrase is called where one is needed, and again, with what was wrong, until
	// it is right or fails. The slice is wiped.
	Passphrase func(wrong error) ([]byte, error)
	// Identities are files with secret keys of age.
	Identities []string
}

// Backup is what an archive holds.
type Backup struct {
	// Form is how it was encrypted.
	Form    BackupForm
	Created time.Time
	// Version of the trustdeck that made it.
	Version string
	Keys    []BackedUpKey
	// Repositories whose metadata is in it, sorted.
	Repositories []model.GUN
	// Pins of the settings at that time.
	Pins dialect.Pins
	// Files sorted by path.
	Files []port.TrustFile
}

// Wipe overwrites the files.
func (b *Backup) Wipe() {
	for _, f := range b.Files {
		clear(f.Bytes)
	}
}

// File returns the file at a path.
func (b *Backup) File(path string) (port.TrustFile, bool) {
	for _, f := range b.Files {
		if f.Path == path {
			return f, true
		}
	}
	return port.TrustFile{}, false
}

// BackedUpKey is what the manifest says of a private key.
type BackedUpKey struct {
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

// BackupTrial says what became of trying a key of a backup.
type BackupTrial string

// The outcomes.
const (
	// KeyUsable: it was decrypted, and a signature that it made verifies.
	KeyUsable BackupTrial = "usable"
	// KeySkipped: nobody gave its passphrase, on purpose.
	KeySkipped BackupTrial = "skipped"
	// KeyNotOpened: no passphrase that was given opens it.
	KeyNotOpened BackupTrial = "not opened"
	// KeyUnusable: it is damaged, or not the key that its name says.
	KeyUnusable BackupTrial = "unusable"
)

// TriedKey is a key of a backup and what became of trying it.
type TriedKey struct {
	BackedUpKey
	Trial BackupTrial
	// Fault says why it was not opened or cannot be used.
	Fault *model.Fault
}

// BackupReport says what an archive holds and what of it can be used.
type BackupReport struct {
	File    string
	Form    BackupForm
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
func (r *BackupReport) Count(trial BackupTrial) int {
	n := 0
	for i := range r.Keys {
		if r.Keys[i].Trial == trial {
			n++
		}
	}
	return n
}

// Failed is how many keys were tried in vain.
func (r *BackupReport) Failed() int { return r.Count(KeyNotOpened) + r.Count(KeyUnusable) }
