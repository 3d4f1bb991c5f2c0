package admin

import (
	"context"
	"time"

	"trustdeck/model"
	"trustdeck/model/memory"
)

// Ref names one file of a repository. With neither Version nor SHA256 it is
// the current one.
type Ref struct {
	Role model.RoleName
	// Version asks for that version, where it is not 0.
	Version int64
	// SHA256 asks for the file with this hash, in hexadecimal, where it is not
	// empty.
	SHA256 string
	// Limit is the most bytes that will be read; a longer answer is a Fault of
	// kind FaultBadData. It is always positive.
	Limit int64
}

// File is a file as it came, and when the server says it was stored.
type File struct {
	Bytes    []byte
	Modified time.Time
}

// Listed is a repository that a source knows of.
type Listed struct {
	GUN model.GUN
	// Changed is when it was last published, where known.
	Changed time.Time
	// From says how it became known: "changefeed", "trust folder",
	// "argument", "cache", "archive".
	From string
}

// Change is one entry of a repository's changefeed: a publish or a deletion.
type Change struct {
	ID   string
	GUN  model.GUN
	Time time.Time
	// Version and SHA256 (hexadecimal) of the timestamp that was published.
	Version int64
	SHA256  string
	Deleted bool
}

// Remote is where repositories live. Errors are *model.Fault.
type Remote interface {
	// Source says what kind of place it is and its name for people.
	Source() model.Source
	// Read returns one file. A file that is not there is FaultNotFound.
	Read(ctx context.Context, gun model.GUN, ref Ref) (File, error)
	// Repositories lists what the place itself knows of, sorted by name. A
	// place that cannot tell returns FaultNotFound or FaultUnauthorized.
	Repositories(ctx context.Context) ([]Listed, error)
	// Changes lists the publishes of one repository, oldest first.
	Changes(ctx context.Context, gun model.GUN) ([]Change, error)
	// Ping checks that the place answers and accepts the credentials.
	Ping(ctx context.Context) error
}

// Registry is where images are pulled from. Errors are *model.Fault.
type Registry interface {
	// Resolve reads the manifest that a tag, or a digest of the form
	// "sha256:…", stands for. One that is not there is FaultNotFound.
	Resolve(ctx context.Context, gun model.GUN, reference string) (model.Manifest, error)
}

// Saved is what a cache holds of a repository: the last files that were read,
// by role, and when.
type Saved struct {
	Read  time.Time
	Files map[model.RoleName]File
}

// Cache keeps what was read last, so that the next look is quick. It is never
// shown as current.
type Cache interface {
	// Load returns what is saved; ok is false where nothing is.
	Load(ctx context.Context, gun model.GUN) (saved Saved, ok bool, err error)
	// Save replaces what is saved, atomically.
	Save(ctx context.Context, gun model.GUN, saved Saved) error
	// Repositories lists what is saved, sorted by name.
	Repositories(ctx context.Context) ([]Listed, error)
}

// Memories keep what was verified of repositories, for ever: see package memory.
// Errors are *model.Fault.
type Memories interface {
	// Load returns what is remembered of a repository; ok is false where nothing is. A
	// record that is there and cannot be read is an error, whose subject is its file.
	Load(ctx context.Context, gun model.GUN) (r memory.Record, ok bool, err error)
	// Update puts what change makes of the record in its place, whole or not at all.
	// Nobody else changes the record meanwhile. Where there is none, ok is false; where
	// it cannot be read, damage says why, and it is kept beside the new one. An error of
	// change is returned as it is, and leaves the record alone; so does a record that
	// says the same.
	Update(ctx context.Context, gun model.GUN, change func(r memory.Record, ok bool, damage error) (memory.Record, error)) error
	// Repositories lists those of which something is remembered, sorted by name. The
	// error is for records that do not say of which they are.
	Repositories(ctx context.Context) ([]Listed, error)
}

// TrustDir is the folder of Docker or Notary. It is only read.
type TrustDir interface {
	// Dir is the folder, for people.
	Dir() string
	// Keys lists the private keys. A file that cannot be used is listed with
	// its Fault; the error is for the folder as a whole.
	Keys(ctx context.Context) ([]model.PrivateKey, error)
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

// Clock tells the time at which expiry is judged.
type Clock func() time.Time
