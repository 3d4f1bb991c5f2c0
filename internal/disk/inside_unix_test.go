//go:build unix

package disk

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// A pipe is no file, and nobody waits for who writes to it.
func TestReadInPipe(t *testing.T) {
	dir := t.TempDir()
	must(t, syscall.Mkfifo(filepath.Join(dir, "pipe"), 0o600))
	root, err := os.OpenRoot(dir)
	must(t, err)
	defer func() { must(t, root.Close()) }()
	if _, _, err := ReadIn(root, "pipe", 5); !errors.Is(err, ErrNotFile) {
		t.Errorf("a pipe: %v", err)
	}
}
