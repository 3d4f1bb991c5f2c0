package disk

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

// In one step or, on a file system that has no such step, in two: a file never gets
// the name of another, and what fails leaves everything as it was.
func TestRenameNew(t *testing.T) {
	for name, rename := range map[string]func(*os.Root, string, string) error{"in one step": renameNew, "by a link": byLink} {
		t.Run(name, func(t *testing.T) {
			path := t.TempDir()
			dir, err := os.OpenRoot(path)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = dir.Close() })
			for file, text := range map[string]string{"temp": "mine", "theirs": "theirs"} {
				if err := os.WriteFile(filepath.Join(path, file), []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			check := func(want map[string]string) {
				t.Helper()
				entries, err := os.ReadDir(path)
				if err != nil || len(entries) != len(want) {
					t.Errorf("%v, %v", entries, err)
				}
				for file, text := range want {
					if got, err := os.ReadFile(filepath.Join(path, file)); err != nil || string(got) != text {
						t.Errorf("%s holds %q, %v", file, got, err)
					}
				}
			}
			if err := rename(dir, "temp", "theirs"); !errors.Is(err, fs.ErrExist) {
				t.Errorf("over another file: %v", err)
			}
			check(map[string]string{"temp": "mine", "theirs": "theirs"})
			if err := rename(dir, "none", "name"); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("a file that is not there: %v", err)
			}
			if err := rename(dir, "temp", "name"); err != nil {
				t.Fatal(err)
			}
			check(map[string]string{"name": "mine", "theirs": "theirs"})
		})
	}
}
