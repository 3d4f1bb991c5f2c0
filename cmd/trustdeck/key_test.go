//go:build unix

package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A key file that others may read is listed with a warning, and the command that takes
// their right asks first, takes what was named, and says when there is nothing to do.
func TestKeyProtect(t *testing.T) {
	v := newVault(t, "repoA")
	path := filepath.Join(v.trust, "private", rootKey+".key")
	other := filepath.Join(v.trust, "private", targetsKey+".key")
	mode := func(path string) os.FileMode {
		t.Helper()
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		return info.Mode().Perm()
	}
	for _, p := range []string{path, other} {
		if err := os.Chmod(p, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, row := range []struct {
		code int
		says string
		args []string
	}{
		{2, "nobody can be asked", []string{"key", "protect"}},
		{2, `no key here has an ID that begins with "ffff"`, []string{"key", "protect", "--yes", "ffff"}},
		{0, "only you can read and change 1 key file now", []string{"key", "protect", "--yes", rootKey[:8]}},
		{0, "there is nothing to do", []string{"key", "protect", "--yes", rootKey[:8]}},
	} {
		if o := v.run(row.args...); o.code != row.code || !strings.Contains(o.stderr, row.says) {
			t.Errorf("%q: exit code %d, want %d and %q in\n%s", row.args, o.code, row.code, row.says, o.stderr)
		}
	}
	if mode(path) != 0o600 || mode(other) != 0o644 {
		t.Errorf("the modes are %04o and %04o", mode(path), mode(other))
	}
}
