//go:build amd64 || arm64

package peer

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// A program that is traced is stopped at the very call, on the side that was asked
// for, and is told that the disk is full where that was asked for.
func TestTrace(t *testing.T) {
	t.Parallel()
	const whole = "openat made|write made|renameat2 made -> named"
	for _, c := range []struct {
		name  string
		call  string
		act   Act
		calls string
		// holds is what made or named then holds; "-" is that there is neither.
		made, named string
		code        int
	}{
		{name: "undisturbed", calls: whole, made: "-", named: "1234567890"},
		{name: "before opening", call: "openat", act: KillBefore, calls: "openat made", made: "-", named: "-", code: -1},
		{name: "after opening", call: "openat", act: KillAfter, calls: "openat made", made: "", named: "-", code: -1},
		{name: "before writing", call: "write", act: KillBefore, calls: "openat made|write made", made: "", named: "-", code: -1},
		{name: "within writing", call: "write", act: KillWithin, calls: "openat made|write made", made: "12345", named: "-", code: -1},
		{name: "after writing", call: "write", act: KillAfter, calls: "openat made|write made", made: "1234567890", named: "-", code: -1},
		{name: "before renaming", call: "renameat2", act: KillBefore, calls: whole, made: "1234567890", named: "-", code: -1},
		{name: "after renaming", call: "renameat2", act: KillAfter, calls: whole, made: "-", named: "1234567890", code: -1},
		{name: "no space to write", call: "write", act: DiskFull, calls: "openat made|write made", made: "", named: "-", code: 2},
		{name: "no space for a name", call: "openat", act: DiskFull, calls: "openat made", made: "-", named: "-", code: 2},
		{name: "no right to open", call: "openat", act: Denied, calls: "openat made", made: "-", named: "-", code: 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			var calls []string
			trace := &Trace{Folder: dir, At: func(p Point) Act {
				calls = append(calls, p.String())
				if p.Call == c.call {
					return c.act
				}
				return GoOn
			}}
			script := `cd "$0" && printf 1234567890 >made || exit 2; exec mv made named`
			sh := &Client{Program: "/bin/sh", Env: baseEnv(dir)}
			r := trace.Run(t, sh, "-c", script, dir)
			if got := strings.Join(calls, "|"); got != c.calls || r.Code != c.code {
				t.Errorf("calls %s, exit code %d, %s; want %s, %d", got, r.Code, r.Stderr, c.calls, c.code)
			}
			for name, want := range map[string]string{"made": c.made, "named": c.named} {
				holds, err := os.ReadFile(filepath.Join(dir, name))
				if got := string(holds); err != nil && want != "-" || err == nil && got != want {
					t.Errorf("%s holds %q, %v; want %q", name, got, err, want)
				}
			}
		})
	}
}

// What a program starts is shown as the kernel sees it.
func TestTraceShowsChildren(t *testing.T) {
	t.Parallel()
	var seen []Executed
	trace := &Trace{Folder: t.TempDir(), Exec: func(e Executed) { seen = append(seen, e) }}
	r := trace.Run(t, &Client{Program: "/bin/sh", Env: append(baseEnv(t.TempDir()), "OWN=1", "OWN=2")}, "-c", "CHILD=3 env | cat; exit 4")
	if r.Code != 4 || !strings.Contains(r.Stdout, "OWN=2\n") {
		t.Errorf("exit code %d, %s%s", r.Code, r.Stdout, r.Stderr)
	}
	env := slices.IndexFunc(seen, func(e Executed) bool { return string(e.Arguments) == "env\x00" })
	if len(seen) != 2 || env < 0 || !bytes.Contains(seen[env].Environment, []byte("CHILD=3\x00")) {
		t.Errorf("%q", seen)
	}
}
