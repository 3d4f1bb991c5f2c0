//go:build amd64 || arm64

package backup

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"trustdeck/e2e/peer"
	"trustdeck/e2e/trace"
)

// traced runs a command of trustdeck on a folder, ends it where end says, and returns
// its points.
func traced(t *testing.T, program *peer.Client, dir string, e trace.End, args ...string) (points []string, r peer.Result) {
	t.Helper()
	tracer := &trace.Tracer{Folder: dir, At: func(p trace.Point) trace.Act {
		points = append(points, p.String())
		if len(points)-1 == e.Nth {
			return e.Act
		}
		return trace.GoOn
	}}
	r = program.Traced(t, tracer, append([]string{"--server", "https://127.0.0.1:9", "--no-cache"}, args...)...)
	return points, r
}

var temporary = regexp.MustCompile(`^\.trustdeck-[0-9a-f]{32}$`)

// However the making of a backup ends, there is a whole one or none of that name, the
// trust folder is as it was, and what failed without being killed leaves nothing.
func TestCreateEndsAnywhere(t *testing.T) {
	trust := made(t, peer.MemoryServer(t))
	before := contents(t, trust)
	program := peer.Trustdeck(t).With(passphrases...)
	run := func(e trace.End) (dir string, points []string, r peer.Result) {
		dir = t.TempDir()
		points, r = traced(t, program, dir, e, "--trust-dir", trust, "backup", "create", filepath.Join(dir, "b"))
		return dir, points, r
	}
	_, points, r := run(trace.End{Nth: -1})
	if r.Code != 0 || len(points) < 4 {
		t.Fatalf("undisturbed: %+v at %q", r, points)
	}
	for _, e := range trace.Ends(points) {
		dir, seen, r := run(e)
		if len(seen) <= e.Nth {
			t.Fatalf("the run has other points: %q", seen)
		}
		whole := false
		entries, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, entry := range entries {
			switch {
			case entry.Name() == "b":
				whole = true
				if said := backup(t, program, trust, "check", filepath.Join(dir, "b")); !strings.Contains(said, "4 of 4 keys usable") {
					t.Errorf("ended at %s by %d: %s", seen[e.Nth], e.Act, said)
				}
			case e.Act == trace.DiskFull || !temporary.MatchString(entry.Name()):
				t.Errorf("ended at %s by %d: %s is left", seen[e.Nth], e.Act, entry.Name())
			}
		}
		if r.Code == 0 && !whole {
			t.Errorf("ended at %s by %d: it says it is done, and there is no backup", seen[e.Nth], e.Act)
		}
	}
	if after := contents(t, trust); after != before {
		t.Error("the trust folder was changed")
	}
}

// However restoring ends, each file is whole or not there, and the same command goes on
// from there.
func TestRestoreEndsAnywhere(t *testing.T) {
	trust := made(t, peer.MemoryServer(t))
	program := peer.Trustdeck(t).With(passphrases...)
	archive := filepath.Join(t.TempDir(), "b")
	backup(t, program, trust, "create", archive)
	run := func(e trace.End) (dir string, points []string, r peer.Result) {
		dir = t.TempDir()
		points, r = traced(t, program, dir, e, "--trust-dir", filepath.Join(dir, "trust"), "backup", "restore", "--yes", archive)
		return dir, points, r
	}
	dir, points, r := run(trace.End{Nth: -1})
	if r.Code != 0 {
		t.Fatalf("undisturbed: %+v", r)
	}
	want := contents(t, filepath.Join(dir, "trust"))
	all := trace.Ends(points)
	for i, e := range all {
		if i%3 != 0 && os.Getenv("EVERY_KILL") == "" {
			continue // the files are written alike
		}
		dir, seen, r := run(e)
		restored := filepath.Join(dir, "trust")
		if r.Code == 0 && e.Act != trace.DiskFull {
			t.Errorf("ended at %s by %d: it says it is done", seen[e.Nth], e.Act)
		}
		for _, line := range strings.Split(contents(t, restored), "\x00") {
			if !strings.Contains(want, line) {
				t.Errorf("ended at %s by %d: %.80q is there", seen[e.Nth], e.Act, line)
			}
		}
		backup(t, program, restored, "restore", "--yes", archive)
		if got := contents(t, restored); got != want {
			t.Errorf("ended at %s by %d: once more it is\n%.500q", seen[e.Nth], e.Act, got)
		}
	}
}

// contents are the files of a trust folder that notary would look at.
func contents(t *testing.T, dir string) string {
	t.Helper()
	var out []string
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if os.IsNotExist(err) {
			return nil
		}
		if err != nil || d.IsDir() || strings.HasPrefix(d.Name(), ".trustdeck") {
			return err
		}
		content, err := os.ReadFile(path)
		rel, _ := filepath.Rel(dir, path)
		out = append(out, rel+" "+string(content))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(out, "\x00")
}
