package trustdir

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"trustdeck/internal/disk"
	"trustdeck/model"
	"trustdeck/model/display"
)

// The folders and the file ending of a trust folder.
const (
	privateDir     = "private"
	rootKeysDir    = "root_keys"
	tufKeysDir     = "tuf_keys"
	tufDir         = "tuf"
	metadataDir    = "metadata"
	changesDir     = "changelist"
	rootFile       = "root.json"
	keyEnding      = ".key"
	metadataEnding = ".json"
)

// The limits of reading. None is near anything that Notary makes.
const (
	// maxKeyFile is the size of a key file in bytes.
	maxKeyFile = 64 << 10
	// maxRootFile is the size of a cached root in bytes. A root grows by some
	// 1 KiB with each rotation of its key.
	maxRootFile = 4 << 20
	// maxChangeFile is the size of a staged change in bytes; the biggest hold
	// the custom value of a target. maxChangelist is the size of all of them
	// together, maxChanges their number.
	maxChangeFile = 1 << 20
	maxChangelist = 64 << 20
	maxChanges    = 10_000
	// maxEntries is the number of files and folders in one walk.
	maxEntries = 100_000
	// maxDepth is the number of folders in one another: as deep as the
	// longest repository name of single letters, and metadata below it.
	maxDepth = model.MaxNameLength/2 + 2
)

// Store is a trust folder. Its methods read the folder anew each time, and may
// be called from several goroutines.
type Store struct {
	dir string
	// patience is how long a change waits for those of others.
	patience time.Duration
	// between is called before each step of a change, with the file that is
	// being written where one is open; nil but in tests.
	between disk.Hook
	// layout is how private keys are kept.
	layout layout
}

// Open names the folder. It does not look at it: a folder that is not there is
// an empty one.
func Open(dir string) *Store {
	return &Store{dir: filepath.Clean(dir), patience: patience, layout: notaryLayout{}}
}

// Dir returns the path of the folder.
func (s *Store) Dir() string { return s.dir }

// Exists tells a folder that is not there from an empty one. The error is a
// *model.Fault: something is there that is no folder, or the way is barred.
func (s *Store) Exists() (bool, error) {
	info, err := os.Stat(s.dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return false, nil
	case err != nil:
		return false, fault(s.dir, readFlaw(err))
	case !info.IsDir():
		return true, fault(s.dir, flawf(Irregular, "is %s instead of a folder", typeName(info.Mode().Type())))
	default:
		return true, nil
	}
}

// enter opens the folder called name directly below the trust folder. ok is
// false where there is none. The caller closes it.
func (s *Store) enter(name string) (f *folder, ok bool, err error) {
	exists, err := s.Exists()
	if !exists || err != nil {
		return nil, false, err
	}
	top, err := openFolder(s.dir)
	if err != nil {
		return nil, false, missingOK(s.dir, err)
	}
	defer top.close()
	f, err = top.sub(name)
	if err != nil {
		return nil, false, missingOK(filepath.Join(s.dir, name), err)
	}
	return f, true, nil
}

// missingOK returns nil where err says that nothing is at path, else its Fault.
func missingOK(path string, err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return fault(path, err)
}

// fault makes the Fault for err, which is a flaw or the end of a context.
func fault(path string, err error) error {
	if f, ok := asFlaw(err); ok {
		if f.Path != "" {
			path = f.Path
		}
		return flaws{f}.fault(path)
	}
	return &model.Fault{Kind: model.FaultCanceled, Subject: display.Quote(path), Text: "was not fully read", Err: err}
}

func asFlaw(err error) (*flaw, bool) {
	var f *flaw
	ok := errors.As(err, &f)
	return f, ok
}

// stopped returns the Fault of a context that ended, or nil.
func (s *Store) stopped(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return fault(s.dir, err)
	}
	return nil
}
