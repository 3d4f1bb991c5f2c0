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
