package trustdir

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"trustdeck/model"
)

// Several processes with several writers each lose nothing.
func TestWritersAtOnce(t *testing.T) {
	dir := t.TempDir()
	var group sync.WaitGroup
	for range 3 {
		group.Go(func() {
			if out, err := victim(t, job{Dir: dir, Change: "add", Times: 5}).CombinedOutput(); err != nil {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
	for range 5 {
		group.Go(func() {
			if _, err := Open(dir).Generate(t.Context(), "bob", "", phrase); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	keys := list(t, Open(dir))
	if len(keys) != 20 {
		t.Errorf("%d keys, want 20", len(keys))
	}
	for _, k := range keys {
		if k.Fault != nil {
			t.Error(k.Fault)
		}
	}
}

// Of those who change one passphrase at once, one is right and the others are
// told that theirs is no longer the old one.
func TestOnePassphraseWins(t *testing.T) {
	dir := t.TempDir()
	key, err := Open(dir).Generate(t.Context(), "root", "", phrase)
	if err != nil {
		t.Fatal(err)
	}
	errs := make([]error, 8)
	var group sync.WaitGroup
	for i := range errs {
		group.Go(func() {
			errs[i] = Open(dir).ChangePassphrase(t.Context(), key.Info(), phrase, fmt.Appendf(nil, "passphrase %d", i))
		})
	}
	group.Wait()
	winners := 0
	for i, err := range errs {
		if err == nil {
			winners++
			if _, err := Open(dir).Unlock(t.Context(), key.Info(), fmt.Appendf(nil, "passphrase %d", i)); err != nil {
				t.Errorf("the one that won: %v", err)
			}
		} else if !errors.Is(err, WrongPassphrase) {
			t.Errorf("one that lost: %v", err)
		}
	}
	if winners != 1 {
		t.Errorf("%d have won", winners)
	}
}

// While another trustdeck changes the folder, reading goes on and a change waits:
// not for ever, and not longer than its context.
func TestLocked(t *testing.T) {
	dir := t.TempDir()
	other, s := Open(dir), Open(dir)
	key, err := other.Generate(t.Context(), "root", "", phrase)
	if err != nil {
		t.Fatal(err)
	}
	unlock, err := other.lock(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Unlock(t.Context(), only(t, s), phrase); err != nil {
		t.Errorf("reading: %v", err)
	}
	s.patience = 20 * time.Millisecond
	err = s.Remove(t.Context(), key.Info(), nil)
	wantFault(t, err, key.Info().Path, Locked)
	s.patience = time.Minute
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if err := s.Remove(ctx, key.Info(), nil); model.KindOf(err) != model.FaultCanceled || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("after the end of the context: %v", err)
	}
	unlock()
	if err := s.Remove(t.Context(), key.Info(), phrase); err != nil {
		t.Error(err)
	}
}

// The end of a context before a change leaves everything as it was.
func TestCanceled(t *testing.T) {
	dir := t.TempDir()
	s := Open(dir)
	key, err := s.Generate(t.Context(), "root", "", phrase)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = s.Generate(ctx, "alice", "", phrase)
	for change, err := range map[string]error{
		"Generate":         err,
		"ChangePassphrase": s.ChangePassphrase(ctx, key.Info(), phrase, fresh),
		"Remove":           s.Remove(ctx, key.Info(), phrase),
	} {
		if model.KindOf(err) != model.FaultCanceled || !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", change, err)
		}
	}
	if got := state(t, dir); got != "root old" {
		t.Errorf("the folder holds %q", got)
	}
}

// Whoever can write to the folder cannot make the lock file lead elsewhere, and
// a lock file that nobody can use is named.
func TestLockFileInTheWay(t *testing.T) {
	outside := filepath.Join(t.TempDir(), "outside")
	for name, block := range map[string]func(at string) error{
		"a link":   func(at string) error { return os.Symlink(outside, at) },
		"a folder": func(at string) error { return os.Mkdir(at, 0o700) },
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			at := filepath.Join(dir, lockName)
			if err := block(at); err != nil {
				t.Skip(err)
			}
			_, err := Open(dir).Generate(t.Context(), "root", "", phrase)
			wantFault(t, err, at, Unwritable)
		})
	}
	if _, err := os.Stat(outside); err == nil {
		t.Error("a file was made at the end of a link")
	}
}

// A trust folder that is not there has nothing to change, and is not made by
// the attempt.
func TestNoFolder(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "trust")
	s := Open(dir)
	k := model.PrivateKey{ID: "x", Path: filepath.Join(dir, privateDir, "x"+keyEnding)}
	wantFault(t, s.Remove(t.Context(), k, nil), k.Path, Missing)
	wantFault(t, s.ChangePassphrase(t.Context(), k, phrase, fresh), k.Path, Missing)
	if _, err := os.Stat(dir); err == nil {
		t.Error("the folder was made")
	}
}
