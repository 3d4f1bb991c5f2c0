package tuf

import (
	"os"
	"path/filepath"
	"testing"

	"trustdeck/e2e/peer"
)

// The lessons on repositories of TUF 1.0 are solved as they say, in a shell of the practice
// world: a new go-tuf client accepts each repository, and one that knows the first root. The
// user's own key folder stays as it was.
func TestLessonsSolved(t *testing.T) {
	world := peer.Practice(t)
	own := t.TempDir()
	program := peer.Trustdeck(t).In(world).With("XDG_DATA_HOME=" + own)
	folders := ""
	for _, v := range world.Environment {
		if v.Name == "PRACTICE_TUF" {
			folders = v.Value
		}
	}
	for name, lesson := range map[string]struct {
		steps  [][]string
		refuse bool
		finds  map[string]outcome
	}{
		"fleet": {steps: [][]string{
			{"countersign", "FOLDER", "root"}, // Dan was asked to
			{"rotate", "FOLDER", "root", "--replace", "499dc406"},
			{"rotate", "FOLDER", "targets", "--replace", "499dc406"},
		}, finds: map[string]outcome{"firmware/sensor-1.9.bin": found}},
		"keyring": {steps: [][]string{{"rotate", "FOLDER", "root"}, {"rotate", "FOLDER", "targets"}}, finds: map[string]outcome{"keys/release-2026.asc": found}},
		"feed": {refuse: true, steps: [][]string{
			{"renew", "--expiring", "3d", "FOLDER"},
		}, finds: map[string]outcome{"rules/2026-11.tar.gz": found}},
		"catalog": {steps: [][]string{
			{"delegation", "add", "FOLDER", "archive", "--from", "libraries", "--path", "lib/zip/1.*"},
		}, finds: map[string]outcome{"lib/zip/1.0": found, "lib/zip/2.1": found, "tools/old-lint": found, "lib/other": notFound}},
	} {
		t.Run(name, func(t *testing.T) {
			w := &folderWorld{Folder: peer.ServeFolder(t, filepath.Join(folders, name)), program: program}
			if err := w.Updater(t, w.Roots(t)[0]).Refresh(); (err != nil) != lesson.refuse {
				t.Errorf("before, go-tuf: %v", err)
			}
			for _, step := range lesson.steps {
				for i, word := range step {
					if word == "FOLDER" {
						step[i] = w.Dir
					}
				}
				w.change(t, step...)
			}
			for path, want := range lesson.finds {
				if got := w.finds(t, path); got != want {
					t.Errorf("go-tuf: %s is %s, want %s", path, got, want)
				}
			}
		})
	}
	if left, err := os.ReadDir(own); err != nil || len(left) > 0 {
		t.Errorf("the user's own folder of data has %v, %v", left, err)
	}
}

// A repository can be begun in a folder that is not there, in one that is; where the plan is
// not accepted, nothing is there afterwards.
func TestInitMakesTheFolder(t *testing.T) {
	w := newFolderWorld(t)
	inside := w.Dir
	w.Folder = peer.ServeFolder(t, filepath.Join(inside, "new"))
	if r := w.program.Try("init", w.Dir); r.Code == 0 {
		t.Errorf("without an answer: %+v", r)
	}
	if left, err := os.ReadDir(inside); err != nil || len(left) > 0 {
		t.Errorf("a plan that nobody accepts leaves %v, %v", left, err)
	}
	far := filepath.Join(inside, "not", "there")
	if r := w.program.Try("init", far, "--yes"); r.Code == 0 {
		t.Errorf("below a folder that is not there: %+v", r)
	}
	if left, err := os.ReadDir(inside); err != nil || len(left) > 0 {
		t.Errorf("what is refused leaves %v, %v", left, err)
	}
	w.change(t, "init", w.Dir)
}
