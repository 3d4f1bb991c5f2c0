package backup

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"trustdeck/internal/disk"
	"trustdeck/model"
	"trustdeck/model/admin/backup"
	"trustdeck/model/port"
)

// names lists a folder.
func listed(t *testing.T, dir string) string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return strings.Join(names, " ")
}

// Whatever fails at whatever step, nothing is left behind, and what was there is as it
// was.
func TestFailuresLeaveNothing(t *testing.T) {
	for _, step := range []string{disk.StepCreate, disk.StepWrite, disk.StepSync, disk.StepName} {
		t.Run(step, func(t *testing.T) {
			a, dir := archives(t)
			a.between = func(at string, _ *os.File) error {
				if at == step {
					return syscall.ENOSPC
				}
				return nil
			}
			_, err := a.Write(t.Context(), filepath.Join(dir, "backup"), sample(), backup.Encryption{})
			if !errors.Is(err, Unwritable) || !strings.Contains(err.Error(), syscall.ENOSPC.Error()) {
				t.Errorf("got %v", err)
			}
			if got := listed(t, dir); got != "trust" {
				t.Errorf("left behind: %s", got)
			}
		})
	}
	t.Run(disk.StepFolder, func(t *testing.T) {
		a, dir := archives(t)
		a.between = func(at string, _ *os.File) error {
			if at == disk.StepFolder {
				return syscall.EIO
			}
			return nil
		}
		_, err := a.Write(t.Context(), filepath.Join(dir, "backup"), sample(), backup.Encryption{})
		if !errors.Is(err, Unconfirmed) || !strings.Contains(listed(t, dir), "backup") {
			t.Errorf("got %v, and %s", err, listed(t, dir))
		}
	})
}

// Where somebody stops it in the middle, nothing is left behind.
func TestStopped(t *testing.T) {
	a, dir := archives(t)
	ctx, cancel := context.WithCancel(t.Context())
	a.between = func(at string, _ *os.File) error {
		if at == disk.StepWrite {
			cancel()
		}
		return nil
	}
	_, err := a.Write(ctx, filepath.Join(dir, "backup"), sample(), backup.Encryption{})
	if model.KindOf(err) != model.FaultCanceled || !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if got := listed(t, dir); got != "trust" {
		t.Errorf("left behind: %s", got)
	}
}

// A backup takes no file's place, not even where that appears at the last moment.
func TestNeverOverAFile(t *testing.T) {
	for _, when := range []string{"before", disk.StepName} {
		t.Run(when, func(t *testing.T) {
			a, dir := archives(t)
			path := filepath.Join(dir, "backup")
			appear := func() {
				if err := os.WriteFile(path, []byte("precious"), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			if when == "before" {
				appear()
			}
			a.between = func(at string, _ *os.File) error {
				if at == when {
					appear()
				}
				return nil
			}
			if _, err := a.Write(t.Context(), path, sample(), backup.Encryption{}); !errors.Is(err, Present) {
				t.Errorf("got %v", err)
			}
			if got, err := os.ReadFile(path); err != nil || string(got) != "precious" || listed(t, dir) != "backup trust" {
				t.Errorf("the file is %q, %v, in %s", got, err, listed(t, dir))
			}
		})
	}
}

// No way leads into the trust folder.
func TestNeverInTheTrustFolder(t *testing.T) {
	a, dir := archives(t)
	link := filepath.Join(dir, "link")
	if err := os.Symlink(filepath.Join(dir, "trust", "private"), link); err != nil {
		t.Skip("no symbolic links here:", err)
	}
	t.Chdir(filepath.Join(dir, "trust"))
	for _, path := range []string{
		filepath.Join(dir, "trust", "b"), filepath.Join(dir, "trust", "private", "b"), filepath.Join(link, "b"),
		filepath.Join(dir, "trust", "private", "..", "b"), "b", filepath.Join("private", "b"),
	} {
		if _, err := a.Write(t.Context(), path, sample(), backup.Encryption{}); !errors.Is(err, Inside) {
			t.Errorf("%s: %v", path, err)
		}
	}
	if got := listed(t, filepath.Join(dir, "trust")) + listed(t, filepath.Join(dir, "trust", "private")); got != "private" {
		t.Errorf("it now holds %s", got)
	}
	if _, err := a.Write(t.Context(), filepath.Join("..", "b"), sample(), backup.Encryption{}); err != nil {
		t.Errorf("beside it: %v", err)
	}
}

// What could not be read is not written.
func TestNothingUnreadableIsWritten(t *testing.T) {
	lock, _ := lockFor(t, false)
	hybrid, _ := lockFor(t, true)
	twins := sample()
	twins.Files = append(twins.Files, port.TrustFile{Path: "tuf/" + gun + "/metadata/targets/Alice.json"})
	big := sample()
	big.Files[0].Bytes = make([]byte, maxKey+1)
	for name, test := range map[string]struct {
		backup backup.Content
		lock   backup.Encryption
		reason Reason
	}{
		"twins":            {twins, backup.Encryption{}, Unfit},
		"big key":          {big, backup.Encryption{}, Unfit},
		"no recipient":     {sample(), backup.Encryption{Recipients: []string{"age1nobody"}}, BadLock},
		"secret key":       {sample(), backup.Encryption{Recipients: []string{"AGE-SECRET-KEY-1XYZ"}}, BadLock},
		"mixed recipients": {sample(), backup.Encryption{Recipients: append(lock.Recipients, hybrid.Recipients...)}, BadLock},
	} {
		t.Run(name, func(t *testing.T) {
			a, dir := archives(t)
			_, err := a.Write(t.Context(), filepath.Join(dir, "backup"), test.backup, test.lock)
			if !errors.Is(err, test.reason) || listed(t, dir) != "trust" {
				t.Errorf("got %v, and %s", err, listed(t, dir))
			}
			if err != nil && strings.Contains(err.Error(), "SECRET") {
				t.Errorf("the error shows a secret: %v", err)
			}
		})
	}
	a, dir := archives(t)
	if _, err := a.Write(t.Context(), filepath.Join(dir, "absent", "backup"), sample(), backup.Encryption{}); !errors.Is(err, Unwritable) {
		t.Errorf("in a folder that is not there: %v", err)
	}
}
