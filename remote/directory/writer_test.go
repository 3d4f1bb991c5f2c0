package directory_test

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"trustdeck/internal/disk"
	"trustdeck/model"
	"trustdeck/model/tuf/tuftest"
	"trustdeck/remote/directory"
)

// What is no metadata of the role is never replaced, nothing is written through a link, and
// nothing outside.
func TestPublishIntoHostileFolder(t *testing.T) {
	t.Parallel()
	outside := put(t, "targets.json="+meta("targets", 1), "folder/file=1")
	link := func(to string) func(at string) error { return func(at string) error { return os.Symlink(to, at) } }
	text := func(text string) func(at string) error {
		return func(at string) error { return os.WriteFile(at, []byte(text), 0o600) }
	}
	folder := func(at string) error { return os.MkdirAll(filepath.Join(at, "x"), 0o700) }
	for name, c := range map[string]struct {
		layout, at string
		make       func(at string) error
		kind       model.FaultKind
		text       string
	}{
		"a link to a file":                {"not consistent", "targets.json", link("snapshot.json"), model.FaultLocal, "targets.json: it is a symbolic link"},
		"a link out":                      {"not consistent", "targets.json", link(filepath.Join(outside, "targets.json")), model.FaultLocal, "targets.json: it is a symbolic link"},
		"a link to nothing":               {"consistent", "4.targets.json", link(filepath.Join(outside, "new.json")), model.FaultLocal, "4.targets.json: it is a symbolic link"},
		"a folder":                        {"consistent", "4.targets.json", folder, model.FaultLocal, "4.targets.json: it is not a regular file"},
		"another role's metadata":         {"not consistent", "targets.json", text(meta("root", 1)), model.FaultLocal, "targets.json: it isn't metadata of targets, and was left as it is"},
		"another program's file":          {"not consistent", "a@b.json", text(`{"name":"package","version":"1.0.0"}`), model.FaultLocal, "a@b.json: it isn't metadata of a@b"},
		"a file that is no JSON":          {"consistent", "timestamp.json", text("<html>"), model.FaultLocal, "timestamp.json: it isn't metadata of timestamp"},
		"a history that is a link":        {"of tuf-on-ci", "metadata/root_history", link(filepath.Join(outside, "folder")), model.FaultLocal, "root_history: it is a symbolic link"},
		"a staging folder that is a link": {"consistent", ".trustdeck-publish", link(filepath.Join(outside, "folder")), model.FaultLocal, ".trustdeck-publish: a publish was interrupted, and can't be finished: it is a symbolic link"},
		"a staging folder that is a file": {"consistent", ".trustdeck-publish", text("mine"), model.FaultLocal, ".trustdeck-publish: a publish was interrupted, and can't be finished: it is not a folder"},
		"a staging folder of another":     {"consistent", ".trustdeck-publish", folder, model.FaultLocal, "x: it is in the way"},
		"a lock that is a link":           {"consistent", ".trustdeck-publish.lock", link(filepath.Join(outside, "lock")), model.FaultLocal, "it cannot be changed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if runtime.GOOS == "windows" && strings.Contains(name, "link") {
				t.Skip("links need a privilege here")
			}
			r := grown(layouts[c.layout].consistent)
			dir := lay(t, r, layouts[c.layout].name)
			changed(r)
			at := filepath.Join(dir, c.at)
			if err := errors.Join(os.RemoveAll(at), c.make(at)); err != nil {
				t.Fatal(err)
			}
			before, beyond := names(t, dir), contents(t, outside)
			check(t, directory.NewFolder(dir, gun).Publish(t.Context(), gun, everything(r)), c.kind, c.text)
			if got := names(t, dir); !maps.Equal(got, before) {
				t.Errorf("the folder holds %q, want %q", got, before)
			}
			if got := contents(t, outside); !maps.Equal(got, beyond) {
				t.Errorf("outside is %q", got)
			}
		})
	}
}

// names are what is in a folder, with the state of each.
func names(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		info, err := e.Info()
		if err != nil {
			t.Fatal(err)
		}
		out[e.Name()] = fmt.Sprint(info.Mode(), info.ModTime())
		if e.IsDir() {
			out[e.Name()] = info.Mode().String()
		}
	}
	return out
}

// Names of roles lead nowhere else, and are written so that they are read back.
func TestPublishNames(t *testing.T) {
	t.Parallel()
	for role, file := range map[model.RoleName]string{
		"../up": "1...%2Fup.json", "/etc/passwd": "1.%2Fetc%2Fpasswd.json", `a\b`: "1.a%5Cb.json", "a%2Fb": "1.a%252Fb.json",
		"manifest": "1.manifest.json", "é": "1.é.json", "team a": "1.team a.json", "1.root": "1.1.root.json", "a\u202eb": "1.a%E2%80%AEb.json",
	} {
		r, dir := tuftest.New(), put(t, "b/x")
		r.Delegate(model.RoleTargets, role, tuftest.By(tuftest.Ed25519()), tuftest.Object{"paths": []any{"*"}})
		r.Publish(role, model.RoleTargets)
		folder := directory.NewFolder(filepath.Join(dir, "b"), gun)
		if err := folder.Publish(t.Context(), gun, everything(r)); err != nil {
			t.Errorf("%q: %v", role, err)
		}
		got := contents(t, dir)
		if got["b/"+file] != string(r.Wire[string(role)+".json"]) || len(got) != len(r.Signed)+1 {
			t.Errorf("%q: %q", role, slices.Sorted(maps.Keys(got)))
		}
		// Root 1 is replaced by none: both are published before, and only the second is there.
		if err := folder.Delete(t.Context(), gun); err != nil || len(contents(t, dir)) != 1 {
			t.Errorf("%q: deleting leaves %q, %v", role, slices.Sorted(maps.Keys(contents(t, dir))), err)
		}
	}
	// A name that no disk can hold is refused before anything is written.
	r, dir := tuftest.New(), put(t)
	long := model.RoleName(strings.Repeat("long", 70))
	r.Delegate(model.RoleTargets, long, tuftest.By(tuftest.Ed25519()), tuftest.Object{"paths": []any{"*"}})
	r.Publish(long, model.RoleTargets)
	check(t, directory.NewFolder(dir, gun).Publish(t.Context(), gun, everything(r)), model.FaultLocal, "file name too long")
	if got := contents(t, dir); len(got) > 0 {
		t.Errorf("written: %q", got)
	}
}

// What somebody else has changed since a publish was cut off is left as it is, and named;
// once it is as before, or the publish is given up, things go on.
func TestPublishMeetsAnotherProgram(t *testing.T) {
	t.Parallel()
	dir, _, r := begin(t, "not consistent")
	cuts := copies(t, dir, 1, func(f *directory.Folder) error { return f.Publish(t.Context(), gun, everything(r)) })
	i := slices.IndexFunc(cuts, func(cut string) bool { // two files are in place
		left, err := directory.NewFolder(cut, gun).Unfinished(t.Context(), gun)
		return err == nil && len(left) == len(publishing["not consistent"].names)-2
	})
	cut := cuts[i]
	folder, at := directory.NewFolder(cut, gun), filepath.Join(cut, "snapshot.json")
	old, err := os.ReadFile(at)
	if err := errors.Join(err, os.WriteFile(at, []byte(meta("snapshot", 8)), 0o600)); err != nil {
		t.Fatal(err)
	}
	before := contents(t, cut)
	delete(before, ".trustdeck-publish.lock")
	for range 2 {
		check(t, folder.Publish(t.Context(), gun, everything(r)), model.FaultLocal, "snapshot.json: a publish was interrupted, and can't be finished: another program has changed it")
		_, err := folder.Finish(t.Context(), gun)
		check(t, err, model.FaultLocal, "snapshot.json: a publish was interrupted")
		if got := contents(t, cut); !maps.Equal(got, before) {
			t.Errorf("the folder holds %q", slices.Sorted(maps.Keys(got)))
		}
	}
	if err := os.WriteFile(at, old, 0o600); err != nil {
		t.Fatal(err)
	}
	if finished, err := folder.Finish(t.Context(), gun); !finished || err != nil || !maps.Equal(contents(t, cut), contents(t, dir)) {
		t.Errorf("put back: %v, %v", finished, err)
	}
	if finished, err := folder.Finish(t.Context(), gun); finished || err != nil {
		t.Errorf("nothing to finish: %v, %v", finished, err)
	}
}

// A disk that fails says so. Nothing was written, or the next publish writes the rest.
func TestPublishFails(t *testing.T) {
	t.Parallel()
	dir, _, r := begin(t, "not consistent")
	before := contents(t, dir)
	steps := 0
	whole := filepath.Join(t.TempDir(), "whole")
	if err := os.CopyFS(whole, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	if err := directory.NewFolder(whole, gun).Between(func(string, *os.File) error { steps++; return nil }).Publish(t.Context(), gun, everything(r)); err != nil {
		t.Fatal(err)
	}
	after := contents(t, whole)
	for at := 0; at < steps; at += 4 {
		dir, n := filepath.Join(t.TempDir(), "dir"), 0
		if err := os.CopyFS(dir, os.DirFS(whole)); err != nil {
			t.Fatal(err)
		}
		for name := range after {
			if err := os.Remove(filepath.Join(dir, name)); err != nil {
				t.Fatal(err)
			}
		}
		for name, text := range before {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		err := directory.NewFolder(dir, gun).Between(func(string, *os.File) error {
			if n++; n == at+1 {
				return os.ErrPermission
			}
			return nil
		}).Publish(t.Context(), gun, everything(r))
		left, wrong := directory.NewFolder(dir, gun).Unfinished(t.Context(), gun)
		got := contents(t, dir)
		maps.DeleteFunc(got, func(name, _ string) bool { return strings.HasPrefix(name, ".trustdeck-publish/") })
		switch {
		case err == nil && maps.Equal(got, after):
			continue // what is left behind does no harm
		case wrong != nil, len(left) == 0 && !maps.Equal(got, before) && !maps.Equal(got, after):
			t.Errorf("step %d: %v; the folder holds %q", at, wrong, slices.Sorted(maps.Keys(got)))
		}
		check(t, err, model.FaultLocal, "permission denied")
		if err := directory.NewFolder(dir, gun).Publish(t.Context(), gun, everything(r)); err != nil || !maps.Equal(contents(t, dir), after) {
			t.Errorf("step %d, published again: %v", at, err)
		}
	}
}

// While one writes, the other is told so, or waits. Of two that publish the same version,
// one is stale.
func TestTwoWriters(t *testing.T) {
	t.Parallel()
	dir, _, r := begin(t, "consistent")
	other := r.Clone()
	other.Publish(model.RoleTargets) // the same roles, and later versions
	folder := directory.NewFolder(dir, gun)
	held := false
	err := folder.Between(func(step string, _ *os.File) error {
		if step == disk.StepName && !held {
			held = true
			check(t, directory.NewFolder(dir, gun).Impatient(10*time.Millisecond).Publish(t.Context(), gun, everything(r)), model.FaultLocal, "another trustdeck is publishing into this folder")
		}
		return nil
	}).Publish(t.Context(), gun, everything(r))
	if err != nil || !held {
		t.Fatal(err)
	}
	rivals := make([]*tuftest.Repository, 6)
	for i := range rivals {
		rivals[i] = r.Clone()
		rivals[i].AddTarget(model.RoleTargets, fmt.Sprint(i), "content")
		rivals[i].Publish(model.RoleTargets)
	}
	var writers sync.WaitGroup
	var mu sync.Mutex
	won := 0
	for _, rival := range rivals {
		writers.Go(func() {
			err := directory.NewFolder(dir, gun).Publish(t.Context(), gun, current(rival, "targets", "snapshot", "timestamp"))
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				won++
				return
			}
			check(t, err, model.FaultStale, "is there already, with other content")
		})
	}
	writers.Wait()
	if got := verified(t, directory.NewFolder(dir, gun)); won != 1 || !maps.Equal(got, versions(rivals[0])) {
		t.Errorf("%d have won, and a reader sees %v", won, got)
	}
	for name := range contents(t, dir) {
		if strings.HasPrefix(name, ".") {
			t.Errorf("%s was left behind", name)
		}
	}
}

// With versions in the names, no client ever meets a repository that it refuses, while
// another process publishes all the time.
func TestReadersNeverFail(t *testing.T) {
	t.Parallel()
	r, dir := tuftest.New(), put(t)
	r.Delegate(model.RoleTargets, "a/b", tuftest.By(tuftest.P256()), tuftest.Object{"paths": []any{"*"}})
	r.AddTarget("a/b", "app", "0")
	r.Publish(model.RoleTargets, "a/b")
	folder := directory.NewFolder(dir, gun)
	if err := folder.Publish(t.Context(), gun, everything(r)); err != nil {
		t.Fatal(err)
	}
	first := r.Wire["1.root.json"]
	url := web1(t, dir)
	done := make(chan struct{})
	var readers sync.WaitGroup
	for range 2 {
		readers.Go(func() {
			for {
				goTUF(t, url, first, "app", true)
				select {
				case <-done:
					return
				default:
				}
			}
		})
	}
	publishes := 30
	if testing.Short() {
		publishes = 10
	}
	for n := range publishes {
		r.AddTarget("a/b", "app", fmt.Sprint(n))
		roles := []model.RoleName{model.RoleTargets, "a/b"}
		if n%5 == 4 {
			r.Publish(model.RoleRoot, model.RoleTargets, "a/b")
			roles = append(roles, model.RoleRoot)
		} else {
			r.Publish(model.RoleTargets, "a/b")
		}
		if err := folder.Publish(t.Context(), gun, current(r, append(roles, model.RoleSnapshot, model.RoleTimestamp)...)); err != nil {
			t.Error(err)
		}
	}
	close(done)
	readers.Wait()
	if got := verified(t, folder); !maps.Equal(got, versions(r)) {
		t.Errorf("in the end: %v, want %v", got, versions(r))
	}
}

// A deletion removes what is metadata of the repository, and nothing else: wherever it is cut
// off, it is finished later, or has not begun.
func TestDelete(t *testing.T) {
	t.Parallel()
	for name, c := range sampled() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := grown(layouts[c.layout].consistent)
			bins := r.DelegateBins("a/b", 2, "bin", tuftest.By(tuftest.Ed25519()))
			r.Publish(append(bins, "a/b", model.RoleTargets)...)
			dir := lay(t, r, layouts[c.layout].name)
			base := filepath.Join(dir, layouts[c.layout].below)
			if strings.HasPrefix(name, "of tuf-on-ci") {
				base = filepath.Join(dir, "metadata")
			}
			theirs := map[string]string{}
			for at, text := range map[string]string{
				"package.json": `{"name":"x"}`, "1.other.json": meta("targets", 1), "other.json": meta("targets", 1), "README.md": "x", "notes.root.json": "{}",
				"7.targets.json": `{"signed":"no"}`, "bin.json": meta("targets", 1), ".git/config": "x", "app/root.json": meta("root", 1),
			} {
				file := filepath.Join(base, at)
				if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o700), os.WriteFile(file, []byte(text), 0o600)); err != nil {
					t.Fatal(err)
				}
				rel, err := filepath.Rel(dir, file)
				if err != nil {
					t.Fatal(err)
				}
				theirs[filepath.ToSlash(rel)] = text
			}
			before := contents(t, dir)
			cuts := copies(t, dir, 11, func(f *directory.Folder) error { return f.Delete(t.Context(), gun) })
			if got := contents(t, dir); !maps.Equal(got, theirs) {
				t.Errorf("left are %q, want %q", slices.Sorted(maps.Keys(got)), slices.Sorted(maps.Keys(theirs)))
			}
			for i, cut := range cuts {
				finished, err := directory.NewFolder(cut, gun).Finish(t.Context(), gun)
				if got := contents(t, cut); err != nil || !maps.Equal(got, theirs) && (finished || !maps.Equal(got, before)) {
					t.Errorf("cut %d (finished %v, %v) leaves %q", i, finished, err, slices.Sorted(maps.Keys(got)))
				}
				if err := directory.NewFolder(cut, gun).Delete(t.Context(), gun); err != nil || !maps.Equal(contents(t, cut), theirs) {
					t.Errorf("cut %d, deleted again: %v", i, err)
				}
			}
		})
	}
	for name, dir := range map[string]string{"an empty folder": put(t), "no folder": filepath.Join(put(t), "x")} {
		if err := directory.NewFolder(dir, gun).Delete(t.Context(), gun); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	check(t, directory.NewFolder(put(t), gun).Delete(t.Context(), "other"), model.FaultNotFound, "it is not the repository in")
}
