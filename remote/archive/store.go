package archive

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"sync"

	"trustdeck/internal/disk"
)

// Modes of what is written. Trust data is public.
const (
	fileMode = 0o644
	dirMode  = 0o755
)

// A store is the handful of operations by which a Writer changes a folder. Each
// may be the last one of a process that is killed. Names have slashes and are
// relative to the archive.
type store interface {
	// FS reads.
	FS() fs.FS
	// Mkdir makes a folder and those above it, and makes them last.
	Mkdir(dir string) error
	// Place writes a file so that it is there in whole or not at all, and makes it last.
	Place(name string, data []byte) error
	// Append adds to a file; with wait, what was added lasts.
	Append(name string, data []byte, wait bool) error
	// Remove removes a file; it is no error where there is none.
	Remove(name string) error
}

// A folder is the store of production: an os.Root, which no link leads out of.
type folder struct {
	root *os.Root
	// made are the folders known to be there.
	made sync.Map
}

func (d *folder) FS() fs.FS { return d.root.FS() }

func (d *folder) Mkdir(dir string) error {
	if _, ok := d.made.Load(dir); ok || dir == "." {
		return nil
	}
	parent := path.Dir(dir)
	if err := d.Mkdir(parent); err != nil {
		return err
	}
	switch err := d.root.Mkdir(dir, dirMode); {
	case err == nil:
		if err := d.sync(parent); err != nil {
			return err
		}
	case !errors.Is(err, fs.ErrExist):
		return err
	}
	d.made.Store(dir, true)
	return nil
}

func (d *folder) Place(name string, data []byte) error {
	return disk.File{Dir: d.root, Name: name, Temp: path.Base(name) + partialSuffix, Mode: fileMode}.Write(data)
}

func (d *folder) Append(name string, data []byte, wait bool) error {
	return disk.File{Dir: d.root, Name: name, Disposable: !wait}.Append(data)
}

func (d *folder) Remove(name string) error {
	if err := d.root.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// sync makes the names in a folder last.
func (d *folder) sync(dir string) error {
	at, err := d.root.OpenRoot(dir)
	if err != nil {
		return err
	}
	return errors.Join(disk.Sync(at), at.Close())
}
