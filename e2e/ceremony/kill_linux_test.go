//go:build amd64 || arm64

package ceremony

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"trustdeck/e2e/peer"
	"trustdeck/e2e/trace"
	"trustdeck/model/bundle"
	"trustdeck/model/report"
	"trustdeck/model/transcript"
)

// A stage is where one command line after the other is ended, each on a copy of the same folder.
type stage struct {
	*desk
	base, at string
}

// newStage is a folder with a repository, the keys of all roles, and a ceremony that Olga alone can
// sign: its file is there with and without signatures.
func newStage(t *testing.T) *stage {
	t.Helper()
	dir := t.TempDir()
	s := &stage{base: filepath.Join(dir, "base"), at: filepath.Join(dir, "run")}
	s.desk = seat(t, "Olga", true, "own")
	s.program = s.program.With("HOME="+s.at, "XDG_CONFIG_HOME="+s.at+"/config", "XDG_STATE_HOME="+s.at+"/state", "XDG_CACHE_HOME="+s.at+"/cache", "XDG_DATA_HOME="+s.at+"/data")
	if err := os.MkdirAll(s.path("repo"), 0o700); err != nil {
		t.Fatal(err)
	}
	start := []string{"ceremony", "start", "--to", s.path("first"), s.path("repo")}
	for _, role := range []string{"root", "targets", "snapshot", "timestamp"} {
		s.run("key", "generate", "--yes", "--folder", "own", "--public", s.path(role+".pub"), role)
		s.ask(role, role, s.path("repo"), s.path(role+".request"))
		start = append(start, "--add", s.path(role+".request"))
	}
	s.run(start...)
	s.all("first")
	s.run("ceremony", "publish", "--yes", s.path("first"))
	s.run("ceremony", "start", "--to", s.path("renew"), s.path("repo"))
	if err := os.WriteFile(s.path("signed"), s.read("renew"), 0o600); err != nil {
		t.Fatal(err)
	}
	s.all("signed")
	if err := os.Rename(s.at, s.base); err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *stage) path(name string) string { return filepath.Join(s.at, name) }

func (s *stage) read(name string) []byte {
	s.t.Helper()
	text, err := os.ReadFile(s.path(name))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		s.t.Fatal(err)
	}
	return text
}

// all signs a file with each key that it asks for.
func (s *stage) all(name string) {
	s.t.Helper()
	var shown report.Ceremony
	if err := json.Unmarshal([]byte(s.run("ceremony", "show", "-o", "json", s.path(name))), &shown); err != nil {
		s.t.Fatal(err)
	}
	for _, file := range shown.Files {
		s.sign(s.path(name), "--key", file.Quorums[0].Keys[0].Key)
	}
}

// recorded counts the entries of a kind in a transcript.
func (s *stage) recorded(name string, what transcript.What) (n int) {
	s.t.Helper()
	is, err := transcript.Read(s.read(name))
	if err != nil {
		s.t.Fatal(err)
	}
	for _, e := range is.Entries {
		if e.What == what {
			n++
		}
	}
	return n
}

// end runs a command line that is ended at its nth point; without one to its end. It returns its points.
func (s *stage) end(t *testing.T, e *trace.End, args ...string) (points []string) {
	t.Helper()
	if err := errors.Join(os.RemoveAll(s.at), os.CopyFS(s.at, os.DirFS(s.base))); err != nil {
		t.Fatal(err)
	}
	r := s.program.Traced(t, &trace.Tracer{Folder: s.at, At: func(p trace.Point) trace.Act {
		points = append(points, p.String())
		if e != nil && e.Nth == len(points)-1 {
			return e.Act
		}
		return trace.GoOn
	}}, args...)
	if e == nil && r.Code != 0 {
		t.Fatalf("%q: exit code %d\n%s", args, r.Code, r.Stderr)
	}
	return points
}

// sampled leaves out what ends a run as another point does, unless EVERY_KILL is set.
func sampled(e trace.End) bool {
	return os.Getenv("EVERY_KILL") == "" && (e.Act == trace.KillBefore || e.Act == trace.DiskFull && e.Nth%3 != 0)
}

// random is what is random in the name of a temporary file.
var random = regexp.MustCompile(`[0-9a-f]{32}`)

// repeated leaves out the points between the first and the last one of the same name, unless EVERY_KILL is
// set: sign writes the transcript four times.
func repeated(points []string, n int) bool {
	if os.Getenv("EVERY_KILL") != "" {
		return false
	}
	is := func(point string) bool {
		return random.ReplaceAllString(point, "") == random.ReplaceAllString(points[n], "")
	}
	return slices.ContainsFunc(points[:n], is) && slices.ContainsFunc(points[n+1:], is)
}

// Whatever ends start, sign and merge, the file is whole: as before, or with all that was to come into
// it. The transcript is whole too, and the same command succeeds afterwards.
func TestKilled(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	for name, row := range map[string]struct {
		file string
		args []string
	}{
		"start": {"new", []string{"ceremony", "start", "--to", s.path("new"), s.path("repo")}},
		"sign":  {"renew", []string{"ceremony", "sign", "--yes", "--time", time.Now().UTC().Format(time.RFC3339), s.path("renew")}},
		"merge": {"renew", []string{"ceremony", "merge", s.path("renew"), s.path("signed")}},
	} {
		t.Run(name, func(t *testing.T) {
			points := s.end(t, nil, row.args...)
			after, before := s.read(row.file), []byte(nil)
			if raw, err := os.ReadFile(filepath.Join(s.base, row.file)); err == nil {
				before = raw
			}
			for _, e := range trace.Ends(points) {
				if !strings.Contains(points[e.Nth], row.file) && !strings.Contains(points[e.Nth], ".trustdeck") || sampled(e) || repeated(points, e.Nth) {
					continue // the cache and the memory have tests of their own
				}
				s.end(t, &e, row.args...)
				is := s.read(row.file)
				if _, err := bundle.Decode(is); err != nil && is != nil {
					t.Errorf("ended at %s (%d): %v", points[e.Nth], e.Act, err)
				}
				if name == "merge" && !bytes.Equal(is, before) && !bytes.Equal(is, after) {
					t.Errorf("ended at %s (%d), the file is neither as before nor as afterwards", points[e.Nth], e.Act)
				}
				if _, err := transcript.Read(s.read(row.file + ".transcript")); err != nil {
					t.Errorf("ended at %s (%d), the transcript: %v", points[e.Nth], e.Act, err)
				}
				if name == "start" && is != nil {
					continue // the file is there, and start replaces none
				}
				s.run(row.args...)
			}
		})
	}
}

// Whatever ends publish, resume explains it and finishes it, with the signatures from the file, and the
// transcript says so; what was not begun is published by the same command.
func TestKilledPublish(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	args := []string{"ceremony", "publish", "--yes", s.path("signed")}
	points := s.end(t, nil, args...)
	tells := func(point string) bool { return strings.Contains(point, "repo") || strings.Contains(point, "journal") }
	closed := slices.IndexFunc(points, func(point string) bool {
		return strings.HasPrefix(point, "unlink") && strings.HasSuffix(point, ".journal")
	})
	resumed, found := 0, 0
	for _, e := range trace.Ends(points) {
		if !tells(points[e.Nth]) || e.Act == trace.DiskFull || sampled(e) {
			continue
		}
		s.end(t, &e, args...)
		r := s.try("resume", "--yes")
		if r.Code != 0 {
			t.Errorf("ended at %s (%d), resume ends with %d\n%s", points[e.Nth], e.Act, r.Code, r.Stderr)
		}
		switch {
		case strings.Contains(r.Stderr, "verify the signatures of root 2"):
			resumed++
		case strings.Contains(r.Stderr, "the change was published"):
			found++
		}
		s.run(args...)
		want := 1
		if e.Nth > closed || e.Nth == closed && e.Act == trace.KillAfter {
			want = 0 // nothing tells any more that this was not noted
		}
		if n := s.recorded("signed.transcript", transcript.Published); n != want {
			t.Errorf("ended at %s (%d), the transcript says %d times that it is published", points[e.Nth], e.Act, n)
		}
		folder := peer.ServeFolder(t, s.path("repo"))
		roots := folder.Roots(t)
		if _, err := peer.Finds(folder.Updater(t, roots[0]), "nothing"); err != nil || len(roots) != 2 {
			t.Errorf("ended at %s (%d): %d roots, %v", points[e.Nth], e.Act, len(roots), err)
		}
	}
	if resumed == 0 || found == 0 {
		t.Errorf("resume has used the signatures of the ceremony %d times, and found it published %d times", resumed, found)
	}
}
