package directory

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"trustdeck/internal/disk"
	"trustdeck/model"
	"trustdeck/model/dialect"
	"trustdeck/model/display"
)

// maxSpelling is how long an encoded name may be in the name of a file; most file systems take
// 255 bytes.
const maxSpelling = 200

// kept is the name of the file for what is called name.
func kept(name string) string {
	if spelling := encode(model.RoleName(name)); len(spelling) <= maxSpelling {
		return spelling
	}
	return disk.SafeName(name)
}

// State is a folder in which a client keeps the files that it trusts: each under the name
// of its role without a version.
type State struct{ store }

// OpenState opens the folder. Errors are *model.Fault.
func OpenState(path string) (State, error) {
	s, err := openStore(path)
	return State{s}, err
}

// Load returns the file of a role; nil where none is kept.
func (s State) Load(role model.RoleName) ([]byte, error) {
	return s.load(kept(string(role))+extension, dialect.MaxFile)
}

// Store keeps the file of a role.
func (s State) Store(role model.RoleName, raw []byte) error {
	return s.write(kept(string(role))+extension, raw)
}

// Forget removes the file of a role, if there is one.
func (s State) Forget(role model.RoleName) error {
	name := kept(string(role)) + extension
	if err := disk.Remove(s.root, name, nil); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fileFault(filepath.Join(s.path, name), err)
	}
	return nil
}

// Artifacts is a folder of downloaded targets: each is one file, whose name is the encoded
// path.
type Artifacts struct{ store }

// OpenArtifacts opens the folder. Errors are *model.Fault.
func OpenArtifacts(path string) (Artifacts, error) {
	s, err := openStore(path)
	return Artifacts{s}, err
}

// Load returns what was stored for a target; nil where nothing was, or something longer.
func (a Artifacts) Load(path string, length int64) ([]byte, error) {
	content, err := a.load(kept(path), length)
	if errors.Is(err, disk.ErrTooLong) {
		return nil, nil
	}
	return content, err
}

// Store keeps the content of a target.
func (a Artifacts) Store(path string, content []byte) error { return a.write(kept(path), content) }

// A store is a folder whose files are read and written whole.
type store struct {
	root *os.Root
	path string
}

func openStore(path string) (store, error) {
	root, err := os.OpenRoot(path)
	if err != nil {
		return store{}, fileFault(path, err)
	}
	return store{root, path}, nil
}

// Close lets go of the folder.
func (s store) Close() error { return s.root.Close() }

func (s store) load(name string, most int64) ([]byte, error) {
	content, _, err := disk.ReadIn(s.root, name, most)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, fileFault(filepath.Join(s.path, name), err)
	case content == nil:
		return []byte{}, nil
	}
	return content, nil
}

func (s store) write(name string, content []byte) error {
	if err := (disk.File{Dir: s.root, Name: name}).Write(content); err != nil {
		return &model.Fault{
			Kind: model.FaultLocal, Subject: display.Quote(s.path), Err: err, Text: name + " cannot be written: " + disk.Reason(err),
			Hint: "give yourself permission to write to the folder, or free some space",
		}
	}
	return nil
}
