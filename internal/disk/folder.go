package disk

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Remove removes the file called name in a folder. The hook is for tests.
func Remove(dir *os.Root, name string, hook Hook) error {
	if err := hook.take(StepRemove, nil, func() error { return dir.Remove(name) }); err != nil {
		return err
	}
	return confirm(hook, nil, dir)
}

// Move gives what is called from in a folder the name to in another folder beside it, in
// one step; the two folders are named below dir. The error is fs.ErrExist where something
// has the new name: call it under a lock. A link is moved, and not followed. The hook is for
// tests.
func Move(dir *os.Root, folder, from, otherFolder, to string, hook Hook) error {
	if _, err := dir.Lstat(filepath.Join(otherFolder, to)); err == nil {
		return fs.ErrExist
	}
	move := func() error { return dir.Rename(filepath.Join(folder, from), filepath.Join(otherFolder, to)) }
	if err := hook.take(StepName, nil, move); err != nil {
		return err
	}
	// The new name lasts first: what is lost with the power then is only that the old one
	// is gone.
	for _, name := range []string{otherFolder, folder} {
		at, err := OpenIn(dir, name)
		if err != nil {
			return fmt.Errorf("%w: %w", ErrUnconfirmed, err)
		}
		err = confirm(hook, nil, at)
		_ = at.Close() // nothing was written to it
		if err != nil {
			return err
		}
	}
	return nil
}

// Rename gives the file at a path another name in its folder, also where a file has it.
func Rename(path, name string) error {
	dir, from, err := File{Name: path}.folder()
	if err != nil {
		return err
	}
	defer func() { _ = dir.Close() }()
	if err := dir.Rename(from, name); err != nil {
		return err
	}
	return confirm(nil, nil, dir)
}

// MakeFolder makes a folder and those above it where they are not there, and their names
// last. After ErrUnconfirmed they are there.
func MakeFolder(path string, mode fs.FileMode) error {
	var parents []string
	for at := filepath.Clean(path); ; at = filepath.Dir(at) {
		if _, err := os.Lstat(at); !errors.Is(err, fs.ErrNotExist) || at == filepath.Dir(at) {
			break
		}
		parents = append(parents, filepath.Dir(at))
	}
	if err := os.MkdirAll(path, mode); err != nil {
		return err
	}
	for _, parent := range parents {
		dir, err := os.OpenRoot(parent)
		if err == nil {
			err = errors.Join(Sync(dir), dir.Close())
		}
		if err != nil {
			return fmt.Errorf("%w: %w", ErrUnconfirmed, err)
		}
	}
	return nil
}
