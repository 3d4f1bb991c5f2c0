//go:build unix

package disk

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"
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

// Between the look and the opening, somebody may put a pipe in place of a file:
// opening it must not block.
func TestPipeInPlaceOfAFile(t *testing.T) {
	dir := t.TempDir()
	root, err := os.OpenRoot(dir)
	must(t, err)
	defer func() { _ = root.Close() }()
	must(t, syscall.Mkfifo(filepath.Join(dir, "x"), 0o600))
	done := make(chan error, 1)
	go func() {
		file, err := root.OpenFile("x", readFlags, 0)
		if err == nil {
			_ = file.Close()
		}
		done <- err
	}()
	select {
	case err := <-done:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(10 * time.Second):
		t.Error("opening blocks")
	}
}
