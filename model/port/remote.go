package port

import (
	"context"
	"errors"
	"time"

	"trustdeck/model"
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
}

// Change is one entry of a repository's changefeed: a publish or a deletion.
type Change struct {
	ID   string
	GUN  model.GUN
	Time time.Time
	// Version and SHA256 (hexadecimal) of the timestamp that was published; in a folder,
	// of the file that ID names.
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

// ManySources is what a Remote that stands for several places satisfies too.
type ManySources interface {
	// SourceOf says where a repository is read from.
	SourceOf(gun model.GUN) model.Source
}

// Publisher is a remote that can be written to. Errors are *model.Fault.
type Publisher interface {
	// Publish stores the files of a repository together, or none of them. A
	// version that is there already is FaultStale. After FaultUnreachable
	// nobody knows whether they were stored.
	Publish(ctx context.Context, gun model.GUN, files map[model.RoleName][]byte) error
	// SignsSnapshot finds out whether the server signs the snapshot of a repository,
	// without having it write anything: it sends the targets file that the server has
	// already, which every server refuses, for its version, or before that because
	// nobody signs the snapshot. known is false where the answer does not tell.
	SignsSnapshot(ctx context.Context, gun model.GUN, targets []byte) (signs, known bool, err error)
	// ServerKey returns the key with which the server signs a role, timestamp
	// or snapshot. The server makes one where it has none: this is a write.
	ServerKey(ctx context.Context, gun model.GUN, role model.RoleName) (model.PublicKey, error)
	// NewServerKey has the server make another key for a role that it signs. It
	// signs with the one before until a root names the new one.
	NewServerKey(ctx context.Context, gun model.GUN, role model.RoleName) (model.PublicKey, error)
	// Delete deletes every version of every role of a repository; that there is nothing to
	// delete is no error. It cannot be undone. After FaultUnreachable nobody knows whether
	// it was deleted.
	Delete(ctx context.Context, gun model.GUN) error
}

// Finisher is what a Publisher satisfies too whose publish or deletion may be cut off
// between two files. Errors are *model.Fault.
type Finisher interface {
	// Unfinished lists the files of a repository that were left as they were. It only
	// reads.
	Unfinished(ctx context.Context, gun model.GUN) ([]string, error)
	// Finish changes those too, and reports whether there were any.
	Finish(ctx context.Context, gun model.GUN) (finished bool, err error)
}

// Uploader is what a Publisher satisfies too that can hand the files over to other programs.
type Uploader interface {
	// Upload has a folder hold what is published of a repository, and returns the names of
	// what has yet to be uploaded, in the order in which readers need it. Errors are
	// *model.Fault.
	Upload(ctx context.Context, gun model.GUN, dir string) ([]string, error)
}

// Tracked is what a Publisher satisfies too whose files somebody may keep with Git.
type Tracked interface {
	// Tracked names the files that hold versions of roles, relative to the top of the
	// folder that Git keeps; top is empty where it keeps none. Errors are *model.Fault.
	Tracked(ctx context.Context, gun model.GUN, versions map[model.RoleName]int64) (top string, names []string, err error)
}

// ErrNoSnapshotKey is the cause of a refusal: the upload has no snapshot, and the server
// cannot sign one.
var ErrNoSnapshotKey = errors.New("the server does not have the snapshot key")
