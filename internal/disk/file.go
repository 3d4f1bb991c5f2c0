package disk

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
)

// The steps of a change. A crash may come before and in each of them: the old state is
// there before StepName or StepRemove, the new one after it.
const (
	StepCreate = "create"
	StepWrite  = "write"
	StepSync   = "sync"
	StepName   = "name"
	StepRemove = "remove"
	StepFolder = "sync folder"
)

// ErrUnconfirmed is the error of a change that was made and may be lost with the power:
// the system does not confirm that it is on the disk.
var ErrUnconfirmed = errors.New("not confirmed to be on disk")

// Hook is called before each step of a change, with the file that is being written, and
// fails the step by an error. Tests cut changes off with it.
type Hook func(step string, file *os.File) error

func (h Hook) take(step string, file *os.File, do func() error) error {
	if h != nil {
		if err := h(step, file); err != nil {
			return err
		}
	}
	return do()
}

// File says which file is written, and how. Dir and Name are all that most need.
type File struct {
	// Dir is the folder that holds it; where it is nil, Name is a path.
	Dir *os.Root
	// Name is its name in Dir, with slashes where it is below.
	Name string
	// Temp is its name while it is being written, in the same folder. Set it only under a
	// lock: a file of that name is then left from a crash, and removed. Without it the name
	// is random.
	Temp string
	// Mode has its permissions, less the umask; 0 stands for 0600.
	Mode fs.FileMode
	// New refuses with fs.ErrExist where anything has the name, at the very moment.
	// Without it the file takes the place of the one that is there.
	New bool
	// Disposable says that nothing is lost with the file: see the package.
	Disposable bool
	// SyncLater says that the caller makes the names of several files last at once, by Sync.
	// Each file's content is on the disk.
	SyncLater bool
	// Ready is called when all is on the disk and only the name is missing; its error
	// ends the change.
	Ready func() error
	// Hook is for tests.
	Hook Hook
}

// Write gives the file its content.
func (f File) Write(content []byte) error {
	return f.Fill(func(w io.Writer) error {
		_, err := w.Write(content)
		return err
	})
}

// Fill gives the file the content that fill writes, unbuffered; its error is returned as
// it is. After an error nothing has changed and nothing is left behind, except that after
// ErrUnconfirmed the file is in its place.
func (f File) Fill(fill func(io.Writer) error) error {
	dir, name, err := f.folder()
	if err != nil {
		return err
	}
	defer func() { _ = dir.Close() }()
	return f.fill(dir, name, fill)
}

// folder opens the folder itself that holds the file.
func (f File) folder() (dir *os.Root, name string, err error) {
	at, name := filepath.Split(filepath.FromSlash(f.Name))
	switch {
	case name == "":
		return nil, "", &fs.PathError{Op: "open", Path: f.Name, Err: syscall.ENOENT}
	case f.Dir != nil:
		dir, err = f.Dir.OpenRoot(filepath.Clean(at))
	default:
		dir, err = os.OpenRoot(filepath.Clean(at))
	}
	return dir, name, err
}

func (f File) fill(dir *os.Root, name string, fill func(io.Writer) error) error {
	temp, err := f.temporary(dir)
	if err != nil {
		return err
	}
	var file *os.File
	err = f.Hook.take(StepCreate, nil, func() (err error) {
		file, err = create(dir, temp, f.Mode)
		return err
	})
	if err != nil {
		return err
	}
	err = f.Hook.take(StepWrite, file, func() error { return fill(file) })
	if err == nil {
		err = f.Hook.take(StepSync, file, func() error { return f.finish(file) })
	}
	if err == nil {
		err = f.Hook.take(StepName, file, func() error { return f.name(dir, temp, name) })
	}
	if err != nil {
		_ = file.Close()
		_ = dir.Remove(temp)
		return err
	}
	if f.Disposable || f.SyncLater {
		return nil
	}
	return confirm(f.Hook, file, dir)
}

// temporary is the name of the file while it is being written, which nothing has.
func (f File) temporary(dir *os.Root) (string, error) {
	if f.Temp == "" {
		var random [16]byte
		_, _ = rand.Read(random[:]) // never fails
		return ".trustdeck-" + hex.EncodeToString(random[:]), nil
	}
	if info, err := dir.Lstat(f.Temp); err != nil || !info.Mode().IsRegular() {
		return f.Temp, nil //nolint:nilerr // what is not there needs no removing, and what is no file is not ours
	}
	return f.Temp, dir.Remove(f.Temp)
}

func create(dir *os.Root, name string, mode fs.FileMode) (*os.File, error) {
	if mode == 0 {
		mode = 0o600
	}
	file, err := dir.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if errors.Is(err, fs.ErrExist) { // which says that the file itself is there
		err = fmt.Errorf("%s is in the way", name)
	}
	return file, err
}

func (f File) finish(file *os.File) error {
	if f.Disposable {
		return file.Close()
	}
	return errors.Join(file.Sync(), file.Close())
}

func (f File) name(dir *os.Root, temp, name string) error {
	if f.Ready != nil {
		if err := f.Ready(); err != nil {
			return err
		}
	}
	if f.New {
		return renameNew(dir, temp, name)
	}
	return dir.Rename(temp, name)
}

// confirm makes the names in a folder last that a change has given or taken.
func confirm(hook Hook, file *os.File, dir *os.Root) error {
	err := hook.take(StepFolder, file, func() error { return Sync(dir) })
	if err != nil {
		return fmt.Errorf("%w: %w", ErrUnconfirmed, err)
	}
	return nil
}

// Replace gives the file called from, whose content is on the disk, the name of another file in
// the same folder, which it replaces. A crash leaves both or only the new one. ready looks at the
// other file again just before, and the hook is for tests; both may be nil.
func Replace(dir *os.Root, from, to string, ready func() error, hook Hook) error {
	err := hook.take(StepName, nil, func() error {
		if ready != nil {
			if err := ready(); err != nil {
				return err
			}
		}
		return dir.Rename(from, to)
	})
	if err != nil {
		return err
	}
	return confirm(hook, nil, dir)
}

// Sync makes the names in a folder last. Windows has no such call: there a name may be
// lost with the power, but not be torn.
func Sync(dir *os.Root) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	at, err := dir.Open(".")
	if err != nil {
		return err
	}
	return errors.Join(at.Sync(), at.Close())
}

// Append adds to the end of a file that is there. A crash may leave a part of what was
// added.
func (f File) Append(content []byte) error {
	dir, name, err := f.folder()
	if err != nil {
		return err
	}
	defer func() { _ = dir.Close() }()
	file, err := dir.OpenFile(name, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		return err
	}
	_, err = file.Write(content)
	return errors.Join(err, f.finish(file))
}
