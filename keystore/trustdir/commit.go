package trustdir

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"

	"trustdeck/keystore/exclusive"
	"trustdeck/model"
)

// tempPrefix begins the name of a file that is being written, which goes on with
// the name of the file without its ending. Notary and Keys look at nothing that does
// not end in .key, or among metadata in .json.
const tempPrefix = ".trustdeck-"

func tempName(name string) string {
	return tempPrefix + strings.TrimSuffix(strings.TrimSuffix(name, keyEnding), metadataEnding)
}

// The steps of a change. A crash may come before and in each of them, and leaves
// the old state before stepName or stepRemove, the new one after it.
const (
	stepCreate = "create"
	stepWrite  = "write"
	stepSync   = "sync"
	stepName   = "name"
	stepRemove = "remove"
	stepFolder = "sync folder"
)

type step struct {
	name string
	do   func() error
}

// take takes the steps of a change, up to the first that fails. file is the one
// that is being written. The error is a flaw.
func (s *Store) take(file **os.File, steps ...step) error {
	for _, step := range steps {
		var err error
		if s.between != nil {
			err = s.between(step.name, *file)
		}
		if err == nil {
			err = step.do()
		}
		if err == nil {
			continue
		}
		if step.name == stepFolder {
			return &flaw{reason: Unconfirmed, text: "was changed, but the system does not confirm that the change is on the disk", cause: err}
		}
		return writeFlaw(err)
	}
	return nil
}

// commit writes a file under a temporary name in the same folder, and lets
// naming give it its own once all of it is on the disk.
func (s *Store) commit(f *folder, name string, text []byte, naming func(temp, name string) error) error {
	temp := tempName(name)
	var file *os.File
	err := s.take(&file,
		step{stepCreate, func() (err error) {
			file, err = f.root.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
			return err
		}},
		step{stepWrite, func() error { _, err := file.Write(text); return err }},
		step{stepSync, func() error { return errors.Join(file.Sync(), file.Close()) }},
		step{stepName, func() error { return naming(temp, name) }},
		step{stepFolder, f.sync},
	)
	if err != nil && file != nil {
		_ = file.Close()
		_ = f.root.Remove(temp) // the next change removes what is left
	}
	return err
}

// remove deletes the file called name in f.
func (s *Store) remove(f *folder, name string) error {
	var none *os.File
	return s.take(&none,
		step{stepRemove, func() error { return f.root.Remove(name) }},
		step{stepFolder, f.sync},
	)
}

// nameNew renames a file, and never puts it in the place of another: Notary and
// Docker take no lock, so that only the system can tell whether the name is free
// at the very moment.
func (f *folder) nameNew(temp, name string) error {
	err := exclusive.Rename(f.root, temp, name)
	if errors.Is(err, fs.ErrExist) {
		return present()
	}
	return err
}

// still refuses to go on with a file that is no longer what was read, as where
// Notary has written or removed it meanwhile.
func (f *folder) still(name string, modified time.Time) error {
	now, err := f.root.Lstat(name)
	switch {
	case err != nil:
		return readFlaw(err)
	case !now.Mode().IsRegular() || !now.ModTime().Equal(modified):
		return flawf(Changed, "was changed by another program at this very moment; it was left as it is")
	default:
		return nil
	}
}

// sweep removes what a crash has left behind: under the lock, nobody is writing
// it any more. Nothing else has such a name.
func (f *folder) sweep() error {
	budget := maxEntries
	names, err := f.names(&budget)
	if err != nil {
		return err
	}
	for _, name := range names {
		rest, ok := strings.CutPrefix(name, tempPrefix)
		id, _, _ := strings.Cut(rest, "_")
		id, _, _ = strings.Cut(id, ".") // as of a file that is put aside
		if _, err := model.ParseKeyID(id); !ok || err != nil {
			continue
		}
		if info, err := f.root.Lstat(name); err != nil || !info.Mode().IsRegular() {
			continue
		}
		if err := f.root.Remove(name); err != nil {
			return writeFlaw(err)
		}
	}
	return nil
}

// sync makes the names in a folder last.
func (f *folder) sync() error {
	dir, err := f.root.Open(".")
	if err != nil {
		return err
	}
	return syncFolder(dir)
}

// syncFolder closes dir as well. Windows knows no such thing and has none to
// offer: there a name may be lost with the power, but not be torn.
func syncFolder(dir *os.File) error {
	if runtime.GOOS == "windows" {
		return dir.Close()
	}
	return errors.Join(dir.Sync(), dir.Close())
}

// makeFolder makes the folder of private keys and those above it where they are
// not there, and their names last.
func (s *Store) makeFolder() error {
	private := filepath.Join(s.dir, privateDir)
	var parents []string
	for at := private; ; at = filepath.Dir(at) {
		if _, err := os.Lstat(at); !errors.Is(err, fs.ErrNotExist) || at == filepath.Dir(at) {
			break
		}
		parents = append(parents, filepath.Dir(at))
	}
	if err := os.MkdirAll(private, 0o700); err != nil {
		return writeFlaw(err)
	}
	for _, parent := range parents {
		dir, err := os.Open(parent)
		if err == nil {
			err = syncFolder(dir)
		}
		if err != nil {
			return writeFlaw(err)
		}
	}
	return nil
}

// writeFlaw wraps an error of the operating system, and leaves a flaw as it is.
func writeFlaw(err error) error {
	if found, ok := asFlaw(err); ok {
		return found
	}
	text := "cannot be written"
	var errno syscall.Errno
	if errors.As(err, &errno) {
		text = fmt.Sprintf("cannot be written: %s", errno)
	}
	return &flaw{reason: Unwritable, text: text, cause: err}
}
