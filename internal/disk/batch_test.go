package disk

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// The files before and after the batch of these tests, and what it does in its order.
var (
	oldFiles = map[string]string{"a": "old a", "gone": "old", "sub/b": "old b", "other": "theirs", "here": "new"}
	newFiles = map[string]string{"a": "new a", "sub/b": "new b", "sub/new": "new", "other": "theirs", "here": "new"}
	edits    = []Edit{
		{Name: "sub/new", Content: []byte("new")},
		{Name: "sub/b", Was: Sum([]byte("old b")), Content: []byte("new b")},
		{Name: "gone", Was: Sum([]byte("old"))},
		{Name: "a", Was: Sum([]byte("old a")), Content: []byte("new a"), Mode: 0o644},
	}
)

// batchIn is a batch in a folder.
func batchIn(t *testing.T, dir string, hook Hook) Batch {
	t.Helper()
	root, err := os.OpenRoot(dir)
	must(t, err)
	t.Cleanup(func() { _ = root.Close() })
	return Batch{Dir: root, Name: ".batch", Hook: hook, May: func(name string) bool {
		return !strings.HasPrefix(name, ".") && name != "other"
	}}
}

// cuts runs do in a folder, and returns copies of the folder as it was before every step, as
// a process leaves it that is killed there; where a file is written, with a part of it.
func cuts(t *testing.T, dir string, do func(Hook) error) (copies, steps []string) {
	t.Helper()
	must(t, do(func(step string, file *os.File) error {
		if step == StepWrite {
			_, err := file.WriteString("torn")
			must(t, err)
			defer func() {
				_, err := file.Seek(0, 0)
				must(t, errors.Join(err, file.Truncate(0)))
			}()
		}
		at := filepath.Join(t.TempDir(), "copy")
		must(t, os.CopyFS(at, os.DirFS(dir)))
		copies, steps = append(copies, at), append(steps, step)
		return nil
	}))
	return copies, steps
}

// files are what a folder holds, but for the batch.
func files(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	must(t, filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		name, _ := filepath.Rel(dir, path)
		switch {
		case err != nil:
			return err
		case e.IsDir() && name == ".batch":
			return fs.SkipDir
		case e.IsDir():
			return nil
		}
		raw, err := os.ReadFile(path)
		out[filepath.ToSlash(name)] = string(raw)
		return err
	}))
	return out
}

// Wherever a batch is cut off, the next Settle leaves all files as they were, or all of them
// changed; a Settle that is cut off too is settled by the next. In between the files change
// in their order.
func TestBatchIsCutOff(t *testing.T) {
	dir := put(t, oldFiles)
	copies, steps := cuts(t, dir, func(hook Hook) error { return batchIn(t, dir, hook).Run(edits) })
	check(t, dir, newFiles)
	order := []map[string]string{oldFiles}
	for _, e := range edits {
		next := maps.Clone(order[len(order)-1])
		if next[e.Name] = string(e.Content); e.Content == nil {
			delete(next, e.Name)
		}
		order = append(order, next)
	}
	at, seen := 0, map[bool]int{}
	for i, cut := range copies {
		got := files(t, cut)
		for at < len(order) && !maps.Equal(got, order[at]) {
			at++
		}
		if at == len(order) {
			t.Fatalf("before step %d (%s) the folder holds %q", i, steps[i], got)
		}
		b := batchIn(t, cut, nil)
		waiting, err := b.Waiting()
		must(t, err)
		again := filepath.Join(t.TempDir(), "again")
		must(t, os.CopyFS(again, os.DirFS(cut)))
		finished, err := b.Settle()
		must(t, err)
		seen[finished]++
		want := oldFiles
		if finished || at == len(edits) {
			want = newFiles
		}
		if at > 0 && !finished && at < len(edits) || len(waiting) > 0 && !finished {
			t.Errorf("before step %d (%s): %d of %d files are changed, %q wait, and it was not finished", i, steps[i], at, len(edits), waiting)
		}
		check(t, cut, want)
		settled, _ := cuts(t, again, func(hook Hook) error {
			_, err := batchIn(t, again, hook).Settle()
			return err
		})
		if testing.Short() {
			settled = settled[len(settled)*3/4:]
		}
		for _, cut := range settled {
			_, err := batchIn(t, cut, nil).Settle()
			must(t, err)
			check(t, cut, want)
		}
	}
	if seen[true] < len(edits) || seen[false] < len(edits) {
		t.Errorf("finished and removed: %v", seen)
	}
}

// A step that fails leaves everything as it was and nothing behind, or a batch that says
// that it waits. Once all files are changed nothing fails any more.
func TestBatchFails(t *testing.T) {
	var steps []string
	must(t, batchIn(t, put(t, oldFiles), func(step string, _ *os.File) error {
		steps = append(steps, step)
		return nil
	}).Run(edits))
	committed := 0
	for at := range steps {
		dir, n := put(t, oldFiles), 0
		err := batchIn(t, dir, func(_ string, file *os.File) error {
			n++
			if n != at+1 {
				return nil
			}
			if file != nil {
				_, _ = file.WriteString("torn")
			}
			return syscall.ENOSPC
		}).Run(edits)
		found, ok := errors.AsType[*BatchError](err)
		switch {
		case err == nil && at > slices.Index(steps, StepName):
			found = &BatchError{Committed: true} // what is left of the batch does no harm
		case !ok || !errors.Is(err, syscall.ENOSPC) || found.Name == "":
			t.Fatalf("step %d (%s): %v", at, steps[at], err)
		}
		if !found.Committed {
			check(t, dir, oldFiles)
			continue
		}
		committed++
		_, err = batchIn(t, dir, nil).Settle()
		must(t, err)
		check(t, dir, newFiles)
	}
	if committed < len(edits) || committed == len(steps) {
		t.Errorf("%d of %d steps came after the commit", committed, len(steps))
	}
}

// What another program does meanwhile is never replaced: before the commit nothing changes,
// and afterwards the file is named. A file that was changed once it had its new content is
// nobody's business.
func TestBatchMeetsAnotherProgram(t *testing.T) {
	other := func(dir, name string) { must(t, os.WriteFile(filepath.Join(dir, name), []byte("theirs"), 0o600)) }
	t.Run("before the commit", func(t *testing.T) {
		for _, name := range []string{"a", "gone", "sub/new"} {
			dir := put(t, oldFiles)
			want := maps.Clone(oldFiles)
			want[name] = "theirs"
			err := batchIn(t, dir, func(step string, file *os.File) error {
				if step == StepCreate && file == nil {
					other(dir, name)
				}
				return nil
			}).Run(edits)
			found, ok := errors.AsType[*BatchError](err)
			if !ok || found.Name != name || found.Committed || !errors.Is(err, ErrChanged) {
				t.Errorf("%s: %v", name, err)
			}
			check(t, dir, want)
		}
	})
	t.Run("after it", func(t *testing.T) {
		dir := put(t, oldFiles)
		copies, steps := cuts(t, dir, func(hook Hook) error { return batchIn(t, dir, hook).Run(edits) })
		for i, name := range []string{"sub/new", "sub/b", "gone", "a"} {
			cut := copies[slices.Index(steps, StepRemove)] // two files are in place, and "gone" is next
			dir := filepath.Join(t.TempDir(), "dir")
			must(t, os.CopyFS(dir, os.DirFS(cut)))
			other(dir, name)
			before := files(t, dir)
			finished, err := batchIn(t, dir, nil).Settle()
			found, ok := errors.AsType[*BatchError](err)
			switch {
			case i < 2 && (err != nil || !finished):
				t.Errorf("%s, which had its content: %v", name, err)
			case i < 2:
			case !ok || found.Name != name || !found.Committed || !errors.Is(err, ErrChanged):
				t.Errorf("%s: %v", name, err)
			case !maps.Equal(files(t, dir), before):
				t.Errorf("%s: the folder holds %q", name, files(t, dir))
			}
		}
	})
}

// The folder of a batch may come from anywhere. What could not have been left by a crash is
// refused, and changes nothing.
func TestBatchIsHostile(t *testing.T) {
	line := func(text string) string { return string(SumLine([]byte(text))) }
	one := func(name, was, now string) string {
		return line(fmt.Sprintf(`{"edits":[{"name":%q,"was":%q,"now":%q}]}`, name, was, now))
	}
	a, evil := Sum([]byte("old a")), Sum([]byte("evil"))
	for name, extra := range map[string]map[string]string{
		"no sum":             {".batch/manifest": `{"edits":[]}`, ".batch/0": "evil"},
		"not JSON":           {".batch/manifest": line("{"), ".batch/0": "evil"},
		"another's file":     {".batch/manifest": one("other", Sum([]byte("theirs")), evil), ".batch/0": "evil"},
		"a way out":          {".batch/manifest": one("../out", "", evil), ".batch/0": "evil"},
		"a sum of no length": {".batch/manifest": one("a", a, "00"), ".batch/0": "evil"},
		"other content":      {".batch/manifest": one("a", a, evil), ".batch/0": "worse"},
		"twice the same":     {".batch/manifest": line(`{"edits":[{"name":"a"},{"name":"a"}]}`)},
		"a folder as a file": {".batch/manifest": one("sub", "", evil), ".batch/0": "evil"},
		"a folder that waits": {
			".batch/manifest": one("a", a, evil), ".batch/0/x": "evil",
		},
		"another's file in it": {".batch/notes": "mine"},
		"a file in its place":  {".batch": "mine"},
	} {
		t.Run(name, func(t *testing.T) {
			want := maps.Clone(oldFiles)
			maps.Copy(want, extra)
			dir := put(t, want)
			b := batchIn(t, dir, nil)
			_, err := b.Settle()
			if found, ok := errors.AsType[*BatchError](err); !ok || found.Name == "" {
				t.Errorf("settled: %v", err)
			}
			check(t, dir, want)
			if err := b.Run(edits); err == nil {
				t.Error("another batch ran over it")
			}
			check(t, dir, want)
		})
	}
	t.Run("links", func(t *testing.T) {
		out := put(t, map[string]string{"0": "evil", "manifest": one("a", a, evil)})
		dir := put(t, oldFiles)
		must(t, os.Symlink(out, filepath.Join(dir, ".batch")))
		b := batchIn(t, dir, nil)
		if _, err := b.Settle(); !errors.Is(err, ErrLink) {
			t.Errorf("a folder that is a link: %v", err)
		}
		must(t, os.Remove(filepath.Join(dir, ".batch")))
		must(t, os.RemoveAll(filepath.Join(dir, "sub")))
		must(t, os.Symlink(out, filepath.Join(dir, "sub")))
		if err := b.Run(edits); !errors.Is(err, ErrLink) {
			t.Errorf("a folder of a file that is a link: %v", err)
		}
		check(t, out, map[string]string{"0": "evil", "manifest": one("a", a, evil)})
	})
}
