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

// An end is how a run ends: at its nth point, in this way.
type end struct {
	nth int
	act trace.Act
}

// traced runs a command of trustdeck on a folder, ends it where end says, and returns
// its points.
func traced(t *testing.T, program *peer.Client, dir string, e end, args ...string) (points []string, r peer.Result) {
	t.Helper()
	tracer := &trace.Tracer{Folder: dir, At: func(p trace.Point) trace.Act {
		points = append(points, p.String())
		if len(points)-1 == e.nth {
			return e.act
		}
		return trace.GoOn
	}}
	r = program.Traced(t, tracer, append([]string{"--server", "https://127.0.0.1:9", "--no-cache"}, args...)...)
	return points, r
}

// ends are all the ways in which a run with these points can end.
func ends(points []string) []end {
	var out []end
	for i, point := range points {
		acts := []trace.Act{trace.KillBefore, trace.KillAfter, trace.DiskFull}
		if strings.HasPrefix(point, "write") {
			acts = append(acts, trace.KillWithin)
		}
		for _, act := range acts {
			out = append(out, end{i, act})
		}
	}
	return out
}

var temporary = regexp.MustCompile(`^\.trustdeck-[0-9a-f]{32}$`)

// However the making of a backup ends, there is a whole one or none of that name, the
// trust folder is as it was, and what failed without being killed leaves nothing.
func TestCreateEndsAnywhere(t *testing.T) {
	trust := made(t, peer.MemoryServer(t))
	before := contents(t, trust)
	program := peer.Trustdeck(t).With(passphrases...)
	run := func(e end) (dir string, points []string, r peer.Result) {
		dir = t.TempDir()
		points, r = traced(t, program, dir, e, "--trust-dir", trust, "backup", "create", filepath.Join(dir, "b"))
		return dir, points, r
	}
	_, points, r := run(end{nth: -1})
	if r.Code != 0 || len(points) < 4 {
		t.Fatalf("undisturbed: %+v at %q", r, points)
	}
	for _, e := range ends(points) {
		dir, seen, r := run(e)
		if len(seen) <= e.nth {
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
					t.Errorf("ended at %s by %d: %s", seen[e.nth], e.act, said)
				}
			case e.act == trace.DiskFull || !temporary.MatchString(entry.Name()):
				t.Errorf("ended at %s by %d: %s is left", seen[e.nth], e.act, entry.Name())
			}
		}
		if r.Code == 0 && !whole {
			t.Errorf("ended at %s by %d: it says it is done, and there is no backup", seen[e.nth], e.act)
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
	run := func(e end) (dir string, points []string, r peer.Result) {
		dir = t.TempDir()
		points, r = traced(t, program, dir, e, "--trust-dir", filepath.Join(dir, "trust"), "backup", "restore", "--yes", archive)
		return dir, points, r
	}
	dir, points, r := run(end{nth: -1})
	if r.Code != 0 {
		t.Fatalf("undisturbed: %+v", r)
	}
	want := contents(t, filepath.Join(dir, "trust"))
	all := ends(points)
	for i, e := range all {
		if i%3 != 0 && os.Getenv("EVERY_KILL") == "" {
			continue // the files are written alike
		}
		dir, seen, r := run(e)
		restored := filepath.Join(dir, "trust")
		if r.Code == 0 && e.act != trace.DiskFull {
			t.Errorf("ended at %s by %d: it says it is done", seen[e.nth], e.act)
		}
		for _, line := range strings.Split(contents(t, restored), "\x00") {
			if !strings.Contains(want, line) {
				t.Errorf("ended at %s by %d: %.80q is there", seen[e.nth], e.act, line)
			}
		}
		backup(t, program, restored, "restore", "--yes", archive)
		if got := contents(t, restored); got != want {
			t.Errorf("ended at %s by %d: once more it is\n%.500q", seen[e.nth], e.act, got)
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
