package directory_test

import (
	"crypto/sha256"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"trustdeck/model"
	"trustdeck/model/tuf/tuftest"
	"trustdeck/remote/directory"
)

// An upload has the published names, in the order in which readers need them, whatever the
// layout of the folder: at first all files, later what has changed. What another program uploads
// in that order, a client of the repository can read at each step.
func TestUpload(t *testing.T) {
	t.Parallel()
	for name, first := range map[string][]string{
		"consistent":                     {"1.a%2Fb.json", "1.targets.json", "2.targets.json", "3.targets.json", "1.snapshot.json", "2.snapshot.json", "3.snapshot.json", "1.root.json", "2.root.json", "3.root.json", "timestamp.json"},
		"not consistent, with root.json": {"a%2Fb.json", "targets.json", "snapshot.json", "1.root.json", "2.root.json", "3.root.json", "root.json", "timestamp.json"},
		"of tuf-on-ci":                   {"1.a%2Fb.json", "3.targets.json", "3.snapshot.json", "1.root.json", "2.root.json", "3.root.json", "timestamp.json"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := grown(layouts[publishing[name].layout].consistent)
			dir, to := lay(t, r, layouts[publishing[name].layout].name), filepath.Join(put(t), "out")
			folder := directory.NewFolder(dir, gun)
			hosted := put(t)
			old := versions(r)
			upload(t, folder, to, hosted, first, nil)
			changed(r)
			if err := folder.Publish(t.Context(), gun, everything(r)); err != nil {
				t.Fatal(err)
			}
			want := publishing[name].names
			if name == "of tuf-on-ci" {
				want = publishing["consistent"].names
			}
			upload(t, folder, to, hosted, want, func() {
				if layouts[publishing[name].layout].consistent {
					judge(t, directory.NewFolder(hosted, gun), true, old, versions(r))
				}
			})
			if got := verified(t, directory.NewFolder(hosted, gun)); !maps.Equal(got, versions(r)) {
				t.Errorf("uploaded: %v", got)
			}
			// Nothing has changed since, and the list is there until it is removed.
			if names, err := folder.Upload(t.Context(), gun, to); err != nil || len(names) > 0 {
				t.Errorf("again: %q, %v", names, err)
			}
		})
	}
}

// upload copies what an upload lists to where it is hosted, and then removes the list.
func upload(t *testing.T, folder *directory.Folder, to, hosted string, want []string, each func()) {
	t.Helper()
	names, err := folder.Upload(t.Context(), gun, to)
	if err != nil || !slices.Equal(names, want) {
		t.Fatalf("to upload are\n%q, want\n%q (%v)", names, want, err)
	}
	again, err := folder.Upload(t.Context(), gun, to)
	if err != nil || !slices.Equal(again, want) {
		t.Errorf("before it is uploaded: %q, %v", again, err)
	}
	list, err := os.ReadFile(filepath.Join(to, "upload.txt"))
	if err != nil {
		t.Fatal(err)
	}
	var lines strings.Builder
	for _, name := range names {
		raw, err := os.ReadFile(filepath.Join(to, name))
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&lines, "%x  %s\n", sha256.Sum256(raw), name)
		if err := os.WriteFile(filepath.Join(hosted, name), raw, 0o600); err != nil {
			t.Fatal(err)
		}
		if each != nil {
			each()
		}
	}
	if string(list) != lines.String() {
		t.Errorf("listed is\n%s, want\n%s", list, lines.String())
	}
	if err := os.Remove(filepath.Join(to, "upload.txt")); err != nil {
		t.Fatal(err)
	}
}

// What is not of this repository is never replaced.
func TestUploadIsRefused(t *testing.T) {
	t.Parallel()
	r, dir := tuftest.New(), put(t)
	folder := directory.NewFolder(dir, gun)
	if err := folder.Publish(t.Context(), gun, everything(r)); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		to   string
		kind model.FaultKind
		text string
	}{
		"the repository itself": {dir, model.FaultUsage, "the repository itself is in this folder"},
		"other content":         {put(t, "1.targets.json="+meta("targets", 1)), model.FaultStale, "1.targets.json: version 1 of targets is there already"},
		"a later timestamp":     {put(t, "timestamp.json="+meta("timestamp", 7)), model.FaultStale, "timestamp.json: version"},
		"a folder":              {put(t, "1.root.json/x"), model.FaultLocal, "1.root.json: it is not a regular file"},
	} {
		before := contents(t, c.to)
		_, err := folder.Upload(t.Context(), gun, c.to)
		check(t, err, c.kind, c.text)
		if !maps.Equal(contents(t, c.to), before) {
			t.Errorf("%s: something was written", name)
		}
	}
}
