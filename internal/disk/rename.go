package disk

import (
	"errors"
	"io/fs"
	"os"
)

// renameNew gives what is called from in dir the name to, in one step of the system that
// never takes the name of another file: no look beforehand can promise that. The error is
// fs.ErrExist where there is something of that name already. On Windows dir is found by
// its path.
func renameNew(dir *os.Root, from, to string) error {
	at, err := dir.Open(".")
	if err != nil {
		return err
	}
	err = rename(at, from, to)
	_ = at.Close() // it was only looked at
	if err == nil || errors.Is(err, fs.ErrExist) {
		return err
	}
	// Not every file system can do this in one step (NFS cannot), and a second name
	// is refused as well where it is taken.
	if linked := byLink(dir, from, to); linked == nil || errors.Is(linked, fs.ErrExist) {
		return linked
	}
	return err
}

// byLink gives a file a second name, and takes the first from it. After a crash in
// between the file has both, and it is no failure where the first cannot be removed.
func byLink(dir *os.Root, from, to string) error {
	if err := dir.Link(from, to); err != nil {
		return err
	}
	_ = dir.Remove(from)
	return nil
}
