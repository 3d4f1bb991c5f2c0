package trustdir

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"trustdeck/internal/disk"
	"trustdeck/keystore/defect"
)

// folder is an open folder of the trust folder. Everything below it is reached
// through an os.Root, one element at a time, and what was opened is compared
// with what Lstat saw: neither a link nor one swapped in meanwhile is followed.
type folder struct {
	root *os.Root
	// path is for people.
	path string
}

// openFolder opens the trust folder itself. Its own path may hold links: where
// the folder is, is the user's business.
func openFolder(path string) (*folder, error) {
	root, err := os.OpenRoot(path)
	if err != nil {
		return nil, readFlaw(err)
	}
	return &folder{root: root, path: path}, nil
}

func (f *folder) close() { _ = f.root.Close() }

// sub opens the folder called name in f.
func (f *folder) sub(name string) (*folder, error) {
	before, err := f.root.Lstat(name)
	if err != nil {
		return nil, readFlaw(err)
	}
	if err := mustBe(before, fs.ModeDir); err != nil {
		return nil, err
	}
	root, err := disk.OpenIn(f.root, name)
	if err != nil {
		return nil, openFlaw(err)
	}
	return &folder{root: root, path: filepath.Join(f.path, name)}, nil
}

// descend opens the folder at rel, a path with slashes, below f. Its error says
// which folder on the way it is about.
func (f *folder) descend(rel string) (*folder, error) { return f.follow(rel, (*folder).sub) }

// follow opens the folder at rel, each on the way by open.
func (f *folder) follow(rel string, open func(*folder, string) (*folder, error)) (*folder, error) {
	at := f
	for name := range strings.SplitSeq(rel, "/") {
		next, err := open(at, name)
		if found, ok := asFlaw(err); ok && found.Path == "" {
			found.Path = filepath.Join(at.path, name)
		}
		if at != f {
			at.close()
		}
		if err != nil {
			return nil, err
		}
		at = next
	}
	return at, nil
}

// read returns the content of the regular file called name in f, and its
// state. A longer file than limit is refused unread.
func (f *folder) read(name string, limit int64) ([]byte, fs.FileInfo, error) {
	before, err := f.root.Lstat(name)
	if err != nil {
		return nil, nil, readFlaw(err)
	}
	if err := mustBe(before, 0); err != nil {
		return nil, before, err
	}
	data, after, err := disk.ReadIn(f.root, name, limit)
	switch {
	case err == nil:
		return data, after, nil
	case errors.Is(err, disk.ErrTooLong):
		return nil, before, tooBig(limit)
	case errors.Is(err, disk.ErrGrowing):
		return nil, before, flawf(Damaged, "is being written right now")
	default:
		return nil, before, openFlaw(err)
	}
}

func tooBig(limit int64) *flaw {
	return flawf(BeyondLimit, "is larger than the limit of %d KiB", limit>>10)
}

// names lists f, sorted, and takes what it lists from budget.
func (f *folder) names(budget *int) ([]string, error) {
	dir, err := f.root.Open(".")
	if err != nil {
		return nil, readFlaw(err)
	}
	defer func() { _ = dir.Close() }()
	var names []string
	for {
		batch, err := dir.Readdirnames(1024)
		names = append(names, batch...)
		if *budget -= len(batch); *budget < 0 {
			return nil, flawf(BeyondLimit, "contains more than the limit of %d files and folders", maxEntries)
		}
		if errors.Is(err, io.EOF) {
			slices.Sort(names)
			return names, nil
		}
		if err != nil {
			return nil, readFlaw(err)
		}
	}
}

// mustBe checks the type of what Lstat found; want is 0 for a regular file.
func mustBe(info fs.FileInfo, want fs.FileMode) error {
	got := info.Mode().Type()
	switch {
	case got == want:
		return nil
	case got&fs.ModeSymlink != 0:
		return flawf(SymbolicLink, "is a symbolic link; trustdeck doesn't follow links")
	case want == fs.ModeDir:
		return flawf(Irregular, "is %s instead of a folder", typeName(got))
	default:
		return flawf(Irregular, "is %s, not a file", typeName(got))
	}
}

// typeName names a type of file in words.
func typeName(t fs.FileMode) string {
	switch {
	case t == 0:
		return "a file"
	case t&fs.ModeDir != 0:
		return "a folder"
	case t&fs.ModeNamedPipe != 0:
		return "a pipe"
	case t&fs.ModeSocket != 0:
		return "a socket"
	case t&fs.ModeDevice != 0:
		return "a device"
	default:
		return "a special file"
	}
}

// openFlaw wraps the error of opening what Lstat has seen to be what belongs there.
func openFlaw(err error) error {
	for _, other := range []error{disk.ErrLink, disk.ErrNotFile, disk.ErrNotFolder} {
		if errors.Is(err, other) {
			return flawf(SymbolicLink, "was replaced while it was being opened")
		}
	}
	return readFlaw(err)
}

// readFlaw wraps an error of the operating system. That nothing is there stays
// visible as fs.ErrNotExist, also where a file stands in the way of a folder.
func readFlaw(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return &flaw{Reason: Missing, Text: "does not exist", Cause: err}
	}
	return defect.System(Unreadable, "cannot be read", err)
}
