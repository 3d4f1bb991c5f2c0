package directory_test

import (
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"trustdeck/model"
	"trustdeck/model/port"
	"trustdeck/model/tuf/tuftest"
	"trustdeck/remote/directory"
)

// copies runs do in a folder, and returns what a process leaves that is killed before each
// step, and in the middle of each write; of those, one of so many.
func copies(t *testing.T, dir string, of int, do func(*directory.Folder) error) []string {
	t.Helper()
	var out []string
	n := 0
	take := func() {
		if n++; n%of > 0 {
			return
		}
		at := filepath.Join(t.TempDir(), "copy")
		if err := os.CopyFS(at, os.DirFS(dir)); err != nil {
			t.Fatal(err)
		}
		out = append(out, at)
	}
	err := do(directory.NewFolder(dir, gun).Between(func(_ string, file *os.File) error {
		take()
		if info, err := file.Stat(); file != nil && err == nil && info.Size() == 0 {
			_, werr := file.WriteString(`{"signed":{"_type":"targets",`)
			take()
			_, serr := file.Seek(0, 0)
			return errors.Join(werr, serr, file.Truncate(0))
		}
		return nil
	}))
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// Wherever a publish is cut off, the next writer finishes it or removes what is left, and
// readers see no file by halves. With versions in the names, a reader sees the repository as
// it was before or as it is afterwards; without, that holds again once it is finished, and
// until then the reader is told the way out.
func TestPublishIsCutOff(t *testing.T) {
	t.Parallel()
	for name, c := range sampled() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir, old, r := begin(t, name)
			before := contents(t, dir)
			of := 1
			if testing.Short() {
				of = 3
			}
			cuts := copies(t, dir, of, func(f *directory.Folder) error { return f.Publish(t.Context(), gun, everything(r)) })
			after := contents(t, dir)
			seen := map[string]int{}
			for i, cut := range cuts {
				folder := directory.NewFolder(cut, gun)
				seen[judge(t, folder, layouts[c.layout].consistent && c.layout != "of tuf-on-ci", old, versions(r))]++
				finished, err := folder.Finish(t.Context(), gun)
				if err != nil {
					t.Fatalf("cut %d: %v", i, err)
				}
				got := contents(t, cut)
				switch {
				case maps.Equal(got, after):
					seen["finished"]++
				case !finished && maps.Equal(got, before):
					seen["removed"]++
				default:
					t.Errorf("cut %d (finished %v) leaves %q", i, finished, slices.Sorted(maps.Keys(got)))
				}
				if i%8 > 0 {
					continue // it takes long
				}
				if err := folder.Publish(t.Context(), gun, everything(r)); err != nil || !maps.Equal(contents(t, cut), after) {
					t.Errorf("cut %d, published again: %v", i, err)
				}
			}
			if seen["old"] == 0 || seen["new"] == 0 || seen["finished"]*of < len(c.names) || seen["removed"]*of < len(c.names) {
				t.Errorf("of %d cuts: %v", len(cuts), seen)
			}
		})
	}
}

// judge says which repository a reader sees. A root comes before all that follows it.
func judge(t *testing.T, folder *directory.Folder, whole bool, old, fresh map[model.RoleName]int64) string {
	t.Helper()
	got := verified(t, folder)
	switch ahead := maps.Clone(old); {
	case maps.Equal(got, old):
		return "old"
	case func() bool { ahead[model.RoleRoot] = fresh[model.RoleRoot]; return maps.Equal(got, ahead) }():
		return "old"
	case maps.Equal(got, fresh):
		return "new"
	}
	left, err := folder.Unfinished(t.Context(), gun)
	if whole || err != nil || len(left) == 0 {
		t.Errorf("a reader sees %v; %q wait, %v", got, left, err)
	}
	return "mixed"
}

// A reader of a half-written folder is told what to do.
func TestReadHalfWritten(t *testing.T) {
	t.Parallel()
	dir, old, r := begin(t, "not consistent")
	told := false
	for _, cut := range copies(t, dir, 1, func(f *directory.Folder) error { return f.Publish(t.Context(), gun, everything(r)) }) {
		folder := directory.NewFolder(cut, gun)
		_, err := folder.Read(t.Context(), gun, port.Ref{Role: model.RoleTargets, Version: old[model.RoleTargets], Limit: limit})
		if err != nil && strings.Contains(model.HintOf(err), "trustdeck resume") {
			told = true
		}
	}
	if !told {
		t.Error("nobody is told")
	}
	// So is one who finds the first publish cut off.
	dir, told = put(t), false
	for _, cut := range copies(t, dir, 1, func(f *directory.Folder) error { return f.Publish(t.Context(), gun, everything(tuftest.New())) }) {
		err := directory.NewFolder(cut, gun).Ping(t.Context())
		told = told || err != nil && strings.Contains(model.HintOf(err), "trustdeck resume")
	}
	if !told {
		t.Error("nobody is told of the first publish")
	}
}
