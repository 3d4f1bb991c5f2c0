package trustdir

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"trustdeck/internal/disk"
	"trustdeck/model"
)

// inTUF lists the files below tuf by their paths, with what they hold.
func inTUF(t *testing.T, dir string) string {
	t.Helper()
	var out []string
	for path, what := range snapshot(t, dir) {
		if rel, err := filepath.Rel(dir, path); err == nil {
			path = filepath.ToSlash(rel)
		}
		if rest, below := strings.CutPrefix(path, "tuf/"); below && !strings.HasPrefix(what, "d") {
			out = append(out, rest)
		}
	}
	slices.Sort(out)
	return strings.Join(out, " ")
}

func mark(name, content string) model.StagedMark {
	return model.StagedMark{Name: name, SHA256: disk.Sum([]byte(content))}
}

func changelist() map[string][]byte {
	return map[string][]byte{
		"tuf/a/changelist/1_x.change": []byte("one"), "tuf/a/changelist/2_y.change": []byte("two"), "tuf/a/changelist/3_z.change": []byte("three"),
		"tuf/a/metadata/root.json": []byte("{}"), "tuf/a/b/changelist/1_x.change": []byte("one"), "tuf/a/b/metadata/root.json": []byte("{}"),
	}
}

// Only the very files that are marked are removed, and only from this changelist.
func TestRemoveStaged(t *testing.T) {
	dir := folderWith(t, changelist())
	removed, err := Open(dir).RemoveStaged(t.Context(), "a", []model.StagedMark{
		mark("1_x.change", "one"), mark("2_y.change", "changed since"), mark("9.change", ""), mark("../metadata/root.json", "{}"), mark("..", ""), mark("3_z.change", "three"),
	})
	if err != nil || fmt.Sprint(removed) != fmt.Sprint([]model.StagedMark{mark("1_x.change", "one"), mark("3_z.change", "three")}) {
		t.Errorf("removed %v, %v", removed, err)
	}
	if got := inTUF(t, dir); got != "a/b/changelist/1_x.change a/b/metadata/root.json a/changelist/2_y.change a/metadata/root.json" {
		t.Errorf("left is %s", got)
	}
	for _, gun := range []model.GUN{"none", "a/b/c"} {
		if removed, err := Open(dir).RemoveStaged(t.Context(), gun, []model.StagedMark{mark("1_x.change", "one")}); err != nil || removed != nil {
			t.Errorf("%s: removed %v, %v", gun, removed, err)
		}
	}
	_, err = Open(dir).RemoveStaged(t.Context(), "../a", nil)
	if model.KindOf(err) != model.FaultUsage {
		t.Errorf("outside: %v", err)
	}
}

// What is set aside can be moved back, and Notary no longer sees it.
func TestSetStagedAside(t *testing.T) {
	dir, at := folderWith(t, changelist()), time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)
	if err := os.Symlink("/etc/passwd", filepath.Join(dir, "tuf/a/changelist/4_link.change")); err != nil {
		t.Skip(err)
	}
	aside, moved, err := Open(dir).SetStagedAside(t.Context(), "a", []model.StagedMark{mark("1_x.change", "one"), mark("2_y.change", "other"), {Name: "4_link.change"}}, at)
	if err != nil || len(moved) != 2 || aside != filepath.Join(dir, "tuf", "a", "changelist.dropped-20261129T120000Z") {
		t.Fatalf("%s, %v, %v", aside, moved, err)
	}
	var left []string
	for _, f := range staged(t, Open(dir), "a") {
		left = append(left, f.Name)
	}
	if got := strings.Join(left, " "); got != "2_y.change 3_z.change" {
		t.Errorf("still staged are %s", got)
	}
	if raw, err := os.ReadFile(filepath.Join(aside, "1_x.change")); err != nil || string(raw) != "one" {
		t.Errorf("aside is %q, %v", raw, err)
	}
	if target, err := os.Readlink(filepath.Join(aside, "4_link.change")); err != nil || target != "/etc/passwd" {
		t.Errorf("the link leads to %q, %v", target, err)
	}
	if aside, moved, err := Open(dir).SetStagedAside(t.Context(), "a", []model.StagedMark{mark("1_x.change", "one")}, at); err != nil || moved != nil || aside != "" {
		t.Errorf("once more: %s, %v, %v", aside, moved, err)
	}
}

// Everything of one repository goes, and nothing of those below its name; what is none of
// its files is named.
func TestRemoveRepository(t *testing.T) {
	files := changelist()
	maps.Copy(files, map[string][]byte{
		"tuf/a/metadata/targets.json": []byte("{}"), "tuf/a/metadata/targets/alice.json": []byte("{}"), "tuf/a/metadata/targets/alice/deep.json": []byte("{}"),
		"tuf/c/metadata/root.json": []byte("{}"), "tuf/c/metadata/notes.txt": []byte("mine"), "private/1.key": []byte("key"),
	})
	dir := folderWith(t, files)
	removed, left, err := Open(dir).RemoveRepository(t.Context(), "a")
	if err != nil || removed != 7 || left != nil {
		t.Errorf("removed %d, left %v, %v", removed, left, err)
	}
	removed, left, err = Open(dir).RemoveRepository(t.Context(), "c")
	if err != nil || removed != 1 || len(left) != 1 || left[0] != filepath.Join(dir, "tuf", "c", "metadata", "notes.txt") {
		t.Errorf("removed %d, left %v, %v", removed, left, err)
	}
	if removed, _, err := Open(dir).RemoveRepository(t.Context(), "none"); err != nil || removed != 0 {
		t.Errorf("removed %d of nothing, %v", removed, err)
	}
	if got := inTUF(t, dir); got != "a/b/changelist/1_x.change a/b/metadata/root.json c/metadata/notes.txt" {
		t.Errorf("left is %s", got)
	}
	if _, err := os.Stat(filepath.Join(dir, "private", "1.key")); err != nil {
		t.Errorf("a key: %v", err)
	}
}

// Wherever the disk fails, every staged change is in the changelist or aside, none in both,
// and the same call finishes.
func TestTrustDataFails(t *testing.T) {
	marks := []model.StagedMark{mark("1_x.change", "one"), mark("3_z.change", "three")}
	at := time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)
	for name, do := range map[string]func(*Store) error{
		"remove": func(s *Store) error { _, err := s.RemoveStaged(t.Context(), "a", marks); return err },
		"aside": func(s *Store) error {
			_, _, err := s.SetStagedAside(t.Context(), "a", marks, at)
			at = at.Add(time.Minute)
			return err
		},
		"repository": func(s *Store) error { _, _, err := s.RemoveRepository(t.Context(), "a"); return err },
	} {
		for fail := 0; ; fail++ {
			dir := folderWith(t, changelist())
			s, n := Open(dir), 0
			s.between = func(string, *os.File) error {
				if n++; n == fail+1 {
					return syscall.EIO
				}
				return nil
			}
			err := do(s)
			if n <= fail {
				if err != nil || fail < 4 {
					t.Errorf("%s: %d steps, %v", name, n, err)
				}
				break
			}
			if !errors.Is(err, syscall.EIO) && model.KindOf(err) != model.FaultLocal {
				t.Errorf("%s at %d: %v", name, fail, err)
			}
			if got := inTUF(t, dir); name == "aside" && (strings.Count(got, "1_x.change") != 2 || strings.Count(got, "3_z.change") != 1) {
				t.Errorf("%s at %d: left is %s", name, fail, got)
			}
			s.between = nil
			if err := do(s); err != nil {
				t.Errorf("%s at %d, once more: %v", name, fail, err)
			}
			if got := inTUF(t, dir); strings.Contains(got, "a/changelist/1_x.change") {
				t.Errorf("%s at %d, once more: left is %s", name, fail, got)
			}
		}
	}
}
