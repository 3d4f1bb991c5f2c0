//go:build amd64 || arm64

package trace

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
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
			tracer := &Tracer{Folder: dir, At: func(p Point) Act {
				calls = append(calls, p.String())
				if p.Call == c.call {
					return c.act
				}
				return GoOn
			}}
			script := `cd "$0" && printf 1234567890 >made || exit 2; exec mv made named`
			code, out := shell(t, tracer, nil, "-c", script, dir)
			if got := strings.Join(calls, "|"); got != c.calls || code != c.code {
				t.Errorf("calls %s, exit code %d, %s; want %s, %d", got, code, out, c.calls, c.code)
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
	tracer := &Tracer{Folder: t.TempDir(), Exec: func(e Executed) { seen = append(seen, e) }}
	code, out := shell(t, tracer, []string{"OWN=1", "OWN=2"}, "-c", "CHILD=3 env | cat; exit 4")
	if code != 4 || !strings.Contains(out, "OWN=2\n") {
		t.Errorf("exit code %d, %s", code, out)
	}
	env := slices.IndexFunc(seen, func(e Executed) bool { return string(e.Arguments) == "env\x00" })
	if len(seen) != 2 || env < 0 || !bytes.Contains(seen[env].Environment, []byte("CHILD=3\x00")) {
		t.Errorf("%q", seen)
	}
}

// A program that does not end is ended once its time is over, also where it ends itself
// when it is told so.
func TestTraceLimit(t *testing.T) {
	t.Parallel()
	for _, script := range []string{"while :; do :; done", "trap 'exit 2' QUIT; while :; do :; done"} {
		c := command(t, nil, "-c", script)
		c.Limit = time.Millisecond
		if code, err := (&Tracer{Folder: t.TempDir()}).Run(c); code != -1 || err != nil {
			t.Errorf("%s: exit code %d, %v", script, code, err)
		}
	}
}

// shell has a shell run something, and returns its exit code and what it wrote.
func shell(t *testing.T, tracer *Tracer, env []string, args ...string) (int, string) {
	t.Helper()
	c := command(t, env, args...)
	code, err := tracer.Run(c)
	if err != nil {
		t.Fatal(err)
	}
	out, err := os.ReadFile(c.Files[1].Name())
	if err != nil {
		t.Fatal(err)
	}
	return code, string(out)
}

// command is a shell whose output and error are one file.
func command(t *testing.T, env []string, args ...string) Command {
	t.Helper()
	c := Command{Path: "/bin/sh", Args: args, Env: append([]string{"PATH=" + os.Getenv("PATH")}, env...), Limit: time.Minute}
	for i, name := range []string{os.DevNull, filepath.Join(t.TempDir(), "out")} {
		f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = f.Close() }) // what it holds was read
		c.Files[i] = f
	}
	c.Files[2] = c.Files[1]
	return c
}
