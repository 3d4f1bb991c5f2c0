package archive

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"sync"
)

// Modes of what is written. Trust data is public.
const (
	fileMode = 0o644
	dirMode  = 0o755
)

// A disk is the handful of operations by which a Writer changes a folder. Each
// may be the last one of a process that is killed. Names have slashes and are
// relative to the archive.
type disk interface {
	// FS reads.
	FS() fs.FS
	// Mkdir makes a folder and those above it, and makes them last.
	Mkdir(dir string) error
	// Write makes a new file with these bytes and makes them last. A file that
	// is there is removed first, never written into.
	Write(name string, data []byte) error
	// Append adds to a file; with sync, what was added lasts.
	Append(name string, data []byte, sync bool) error
	// Rename gives a file its final name and makes that last.
	Rename(from, to string) error
	// Remove removes a file; it is no error where there is none.
	Remove(name string) error
}

// A folder is the disk of production: an os.Root, which no link leads out of.
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

func (d *folder) Write(name string, data []byte) error {
	if err := d.Remove(name); err != nil {
		return err
	}
	f, err := d.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, fileMode)
	if err != nil {
		return err
	}
	return finish(f, data, true)
}

func (d *folder) Append(name string, data []byte, sync bool) error {
	f, err := d.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_APPEND, fileMode)
	if err != nil {
		return err
	}
	return finish(f, data, sync)
}

// finish writes to f and closes it; the first error counts.
func finish(f *os.File, data []byte, sync bool) error {
	_, err := f.Write(data)
	if err == nil && sync {
		err = f.Sync()
	}
	if closed := f.Close(); err == nil {
		err = closed
	}
	return err
}

func (d *folder) Rename(from, to string) error {
	if err := d.root.Rename(from, to); err != nil {
		return err
	}
	return d.sync(path.Dir(to))
}

func (d *folder) Remove(name string) error {
	if err := d.root.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// sync makes the names in a folder last.
func (d *folder) sync(dir string) error {
	f, err := d.root.Open(dir)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	return syncFolder(f)
}
