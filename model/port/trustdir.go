package port

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"time"

	"trustdeck/model"
)

// TrustDir is the folder of Docker or Notary without its keys, which a KeyStore has. It is
// only read.
type TrustDir interface {
	// Dir is the folder, for people.
	Dir() string
	// Root returns the bytes of the root that the folder has cached; ok is
	// false where it has none.
	Root(gun model.GUN) (root []byte, ok bool, err error)
	// Repositories lists those that have metadata in the folder.
	Repositories(ctx context.Context) ([]Listed, error)
	// StagedRepositories lists those for which something is staged, whether or
	// not they have metadata in the folder.
	StagedRepositories(ctx context.Context) ([]Listed, error)
	// Staged reads the changelist of a repository, in the order of the names
	// of its files. A file that cannot be read is listed with its Fault.
	Staged(ctx context.Context, gun model.GUN) ([]StagedFile, error)
	// Metadata lists the metadata files that the folder holds for a
	// repository, of all roles, in any order.
	Metadata(ctx context.Context, gun model.GUN) ([]LocalFile, error)
}

// TrustData is the trust folder where trust data is removed from it. Keys stay. Errors are
// *model.Fault.
type TrustData interface {
	// RemoveStaged removes files from the changelist of a repository, and returns those that
	// it has removed. One that is not there, or is not what its mark says, is left alone.
	RemoveStaged(ctx context.Context, gun model.GUN, marks []model.StagedMark) ([]model.StagedMark, error)
	// SetStagedAside moves files of the changelist to a new folder beside it, from where
	// they can be moved back, and returns it with those that it has moved. A mark without
	// a hash is of whatever has the name. at names the folder.
	SetStagedAside(ctx context.Context, gun model.GUN, marks []model.StagedMark, at time.Time) (folder string, moved []model.StagedMark, err error)
	// RemoveRepository removes the metadata and the changelist of a repository, and
	// nothing of others whose names begin with its name. It returns how many files it has
	// removed; left are the paths of others that are in their place.
	RemoveRepository(ctx context.Context, gun model.GUN) (removed int, left []string, err error)
}

// StagedFile is a file of a changelist as it lies in the trust folder.
type StagedFile struct {
	// Name is that of the file; their order is that in which Notary applies
	// them. Path is for people.
	Name, Path string
	// Bytes are nil where Fault says why the file could not be read.
	Bytes    []byte
	Modified time.Time
	Fault    *model.Fault
}

// Mark tells the file from any other that may get its name; without a hash where the file
// could not be read.
func (f StagedFile) Mark() model.StagedMark {
	mark := model.StagedMark{Name: f.Name}
	if f.Fault == nil {
		sum := sha256.Sum256(f.Bytes)
		mark.SHA256 = hex.EncodeToString(sum[:])
	}
	return mark
}

// LocalFile is a metadata file in the trust folder.
type LocalFile struct {
	Role model.RoleName
	// Version as the file states it; nothing about it is verified. It is 0
	// where Fault says why the file could not be read.
	Version  int64
	Modified time.Time
	Fault    *model.Fault
}

// TrustFile is a whole file of a trust folder. One of a key may hold a secret: whoever
// reads it wipes Bytes.
type TrustFile struct {
	// Path below the trust folder, with slashes.
	Path  string
	Bytes []byte
	// Fault says why it could not be read; then there are no Bytes.
	Fault *model.Fault
}

// TrustFiles is a trust folder as backups see it: whole files, which are read here
// and put back elsewhere. Errors are *model.Fault.
type TrustFiles interface {
	// Dir is the folder.
	Dir() string
	// Repositories lists those that have metadata in the folder.
	Repositories(ctx context.Context) ([]Listed, error)
	// KeyFile reads the file of a key that the KeyStore on the folder has listed.
	KeyFile(ctx context.Context, key model.PrivateKey) (TrustFile, error)
	// RepositoryFiles reads the metadata of a repository. A file that cannot be read
	// has its Fault.
	RepositoryFiles(ctx context.Context, gun model.GUN) ([]TrustFile, error)
	// Describe says of a file from elsewhere what Keys says of one that is here.
	Describe(file TrustFile) model.PrivateKey
	// OpenFile decrypts the key in a file from elsewhere, which must be the one that
	// its path names. A wrong passphrase is FaultSecret.
	OpenFile(file TrustFile, passphrase []byte) (Signer, error)
	// StoredAs is the ID of a public key, given as its SubjectPublicKeyInfo, in the file at
	// a path below the folder.
	StoredAs(path string, spki []byte) model.KeyID
	// ReadFile reads the file at a path below the folder; ok is false where there is
	// none.
	ReadFile(ctx context.Context, path string) (file TrustFile, ok bool, err error)
	// RestoreFiles writes files, in their order, up to the first that cannot be written.
	// Each is whole and on the disk before it has its name. at names what is put
	// aside.
	RestoreFiles(ctx context.Context, files []RestoreFile, at time.Time) ([]RestoredFile, error)
	// Protect takes from other users the right to read or change the file of a key that
	// the KeyStore has listed.
	Protect(ctx context.Context, key model.PrivateKey) error
}

// RestoreFile is a file that is put back into a trust folder.
type RestoreFile struct {
	TrustFile
	// Replace is true where there is a file of that name, which must still be Was. It
	// is kept beside the new one.
	Replace bool
	Was     []byte
}

// RestoredFile is a file that was put back.
type RestoredFile struct {
	Path string
	// Aside is the name that the file before it has got; empty where there was none.
	Aside string
}
