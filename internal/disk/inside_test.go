package disk

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

// What is read below a folder is what has the very name there, and a regular file.
func TestReadIn(t *testing.T) {
	dir := put(t, map[string]string{"file": "12345", "empty": "", "folder/file": "below", "elsewhere/secret": "s"})
	must(t, os.Symlink("file", filepath.Join(dir, "link")))
	must(t, os.Symlink("/etc/passwd", filepath.Join(dir, "out")))
	must(t, os.Symlink("folder", filepath.Join(dir, "way")))
	root, err := os.OpenRoot(dir)
	must(t, err)
	defer func() { must(t, root.Close()) }()
	for name, want := range map[string]struct {
		content string
		err     error
	}{
		"file": {content: "12345"}, "empty": {}, "missing": {err: fs.ErrNotExist},
		"link": {err: ErrLink}, "out": {err: ErrLink}, "way": {err: ErrLink}, "folder": {err: ErrNotFile},
	} {
		got, info, err := ReadIn(root, name, 5)
		if string(got) != want.content || !errors.Is(err, want.err) || (err == nil) != (want.err == nil) {
			t.Errorf("%s: %q, %v", name, got, err)
		}
		if err == nil && info.Size() != int64(len(want.content)) {
			t.Errorf("%s: the state is of a file of %d bytes", name, info.Size())
		}
	}
	if _, _, err := ReadIn(root, "file", 4); !errors.Is(err, ErrTooLong) || Reason(err) != "it is too long: 5 bytes; the limit is 4" {
		t.Errorf("a file that is too long: %v", err)
	}
	for name, want := range map[string]error{"way": ErrLink, "file": ErrNotFolder, "missing": fs.ErrNotExist} {
		if _, err := OpenIn(root, name); !errors.Is(err, want) {
			t.Errorf("the folder %s: %v, want %v", name, err, want)
		}
	}
	below, err := OpenIn(root, "folder")
	must(t, err)
	defer func() { must(t, below.Close()) }()
	if got, _, err := ReadIn(below, "file", 5); string(got) != "below" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
}

// A link that takes a name between the look at it and its opening leads nowhere.
func TestSwapped(t *testing.T) {
	dir := put(t, map[string]string{"file": "good", "outside/file": "bad"})
	inside, err := os.OpenRoot(dir)
	must(t, err)
	defer func() { must(t, inside.Close()) }()
	must(t, os.Symlink("loop", filepath.Join(dir, "loop")))
	must(t, os.Symlink("/etc/passwd", filepath.Join(dir, "out")))
	for _, name := range []string{"loop", "out"} {
		_, err := inside.Open(name)
		if err = swapped(err); !errors.Is(err, ErrLink) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := inside.Open("missing"); !errors.Is(swapped(err), fs.ErrNotExist) {
		t.Errorf("a file that vanished: %v", err)
	}
}
