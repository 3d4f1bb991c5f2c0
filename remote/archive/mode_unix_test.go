//go:build !windows

package archive

import (
	"fmt"
	"io/fs"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

// Trust data is public, and nothing but the owner may write. What the umask takes away
// stays away.
func TestPermissions(t *testing.T) {
	for umask, want := range map[int]struct{ folder, file fs.FileMode }{
		0:     {0o755, 0o644},
		0o022: {0o755, 0o644},
		0o077: {0o700, 0o600},
	} {
		t.Run(fmt.Sprintf("%03o", umask), func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "new", "folder")
			before := unix.Umask(umask)
			defer unix.Umask(before)
			archiveTo(t, newServer(sampleRepo(gun)), dir, gun)
			err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
				if err != nil {
					return err
				}
				info, err := e.Info()
				if err != nil {
					return err
				}
				mode := want.file
				if e.IsDir() {
					mode = want.folder
				}
				if info.Mode().Perm() != mode {
					t.Errorf("%s has mode %v, want %v", path, info.Mode().Perm(), mode)
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
		})
	}
}
