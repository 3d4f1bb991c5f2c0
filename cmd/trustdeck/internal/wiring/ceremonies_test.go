package wiring

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"

	"trustdeck/model"
)

// Who has the lock of a file is alone with it, and nothing of the lock is left in the folder of people.
func TestCeremonyLocks(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "root.ceremony")
	files, locks := ceremonyFiles{}, ceremonyLocks{}
	if err := files.Create(path, []byte("0")); err != nil {
		t.Fatal(err)
	}
	const workers, rounds = 4, 10
	var all sync.WaitGroup
	failed := make(chan error, workers*rounds)
	for range workers {
		all.Go(func() {
			for range rounds {
				failed <- count(locks, files, path)
			}
		})
	}
	all.Wait()
	close(failed)
	for err := range failed {
		if err != nil {
			t.Error(err)
		}
	}
	text, err := os.ReadFile(path)
	if want := strconv.Itoa(workers * rounds); err != nil || string(text) != want {
		t.Errorf("counted to %s, want %s: %v", text, want, err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 1 {
		t.Errorf("%d files are in the folder: %v", len(left), err)
	}
	if _, err := locks.Lock(filepath.Join(dir, "nowhere", "root.ceremony")); model.KindOf(err) != model.FaultLocal || model.HintOf(err) == "" {
		t.Errorf("%v", err)
	}
}

// count adds one to the number in a file.
func count(locks ceremonyLocks, files ceremonyFiles, path string) error {
	release, err := locks.Lock(path)
	if err != nil {
		return err
	}
	text, err := files.Read(path, 9)
	if err != nil {
		return err
	}
	n, err := strconv.Atoi(string(bytes.TrimSpace(text)))
	if err != nil {
		return err
	}
	if err := files.Replace(path, fmt.Append(nil, n+1)); err != nil {
		return err
	}
	return release()
}
