package disk

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// put makes a folder that holds these files.
func put(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		must(t, os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o700))
		must(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
	}
	return dir
}

// check fails unless a folder holds these files and no others.
func check(t *testing.T, dir string, want map[string]string) {
	t.Helper()
	got := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		raw, err := os.ReadFile(path)
		name, _ := filepath.Rel(dir, path)
		got[filepath.ToSlash(name)] = string(raw)
		return err
	})
	if err != nil || !maps.Equal(got, want) {
		t.Errorf("the folder holds %q, want %q (%v)", got, want, err)
	}
}

var kinds = map[string]struct {
	file   File
	before map[string]string
	steps  []string
}{
	"a new file": {
		file: File{New: true}, before: map[string]string{"other": "theirs"},
		steps: []string{StepCreate, StepWrite, StepSync, StepName, StepFolder},
	},
	"a file in the place of another": {
		file: File{}, before: map[string]string{"name": "old"},
		steps: []string{StepCreate, StepWrite, StepSync, StepName, StepFolder},
	},
	"a file with a temporary name of its own": {
		file: File{Temp: "name.new"}, before: map[string]string{"name": "old"},
		steps: []string{StepCreate, StepWrite, StepSync, StepName, StepFolder},
	},
	"a disposable file": {
		file: File{Disposable: true}, before: map[string]string{"name": "old"},
		steps: []string{StepCreate, StepWrite, StepSync, StepName},
	},
}

// A file gets its content in these steps, and waits for the disk in two of them. Whichever
// fails, the old state stays and nothing is left behind; only after the last is it the new
// state, and the error says so.
func TestFileFails(t *testing.T) {
	for kind, c := range kinds {
		t.Run(kind, func(t *testing.T) {
			var steps []string
			after := maps.Clone(c.before)
			after["name"] = "new"
			write := func(dir string, hook Hook) error {
				f := c.file
				f.Name, f.Hook = filepath.Join(dir, "name"), hook
				return f.Write([]byte("new"))
			}
			dir := put(t, c.before)
			must(t, write(dir, func(step string, _ *os.File) error {
				steps = append(steps, step)
				return nil
			}))
			check(t, dir, after)
			if !slices.Equal(steps, c.steps) {
				t.Errorf("steps are %v, want %v", steps, c.steps)
			}
			for _, at := range steps {
				dir := put(t, c.before)
				err := write(dir, func(step string, file *os.File) error {
					if step != at {
						return nil
					}
					if step == StepWrite {
						_, _ = file.WriteString("ne")
					}
					return syscall.ENOSPC
				})
				if !errors.Is(err, syscall.ENOSPC) || errors.Is(err, ErrUnconfirmed) != (at == StepFolder) {
					t.Errorf("%s: %v", at, err)
				}
				if at == StepFolder {
					check(t, dir, after)
				} else {
					check(t, dir, c.before)
				}
			}
		})
	}
}

// What Ready and fill say ends the change, as they say it.
func TestFileIsRefused(t *testing.T) {
	refusal := errors.New("no")
	dir := put(t, map[string]string{"name": "old"})
	path := filepath.Join(dir, "name")
	if err := (File{Name: path, Ready: func() error { return refusal }}).Write([]byte("new")); !errors.Is(err, refusal) {
		t.Errorf("not ready: %v", err)
	}
	err := File{Name: path}.Fill(func(w io.Writer) error {
		_, _ = io.WriteString(w, "half")
		return refusal
	})
	if !errors.Is(err, refusal) {
		t.Errorf("half: %v", err)
	}
	check(t, dir, map[string]string{"name": "old"})
}

func TestFileNew(t *testing.T) {
	dir := put(t, map[string]string{"name": "theirs", "folder/file": "theirs"})
	for _, name := range []string{"name", "folder"} {
		if err := (File{Name: filepath.Join(dir, name), New: true}).Write([]byte("mine")); !errors.Is(err, fs.ErrExist) {
			t.Errorf("%s: %v", name, err)
		}
	}
	late := File{Name: filepath.Join(dir, "late"), New: true, Hook: func(step string, _ *os.File) error {
		if step != StepName {
			return nil
		}
		return os.WriteFile(filepath.Join(dir, "late"), []byte("theirs"), 0o600)
	}}
	if err := late.Write([]byte("mine")); !errors.Is(err, fs.ErrExist) {
		t.Errorf("at the last moment: %v", err)
	}
	check(t, dir, map[string]string{"name": "theirs", "folder/file": "theirs", "late": "theirs"})
}

// What a crash has left under the temporary name is replaced; what is no file there was
// not left by a crash, and is no reason to say that the file itself is there.
func TestFileLeftOver(t *testing.T) {
	dir := put(t, map[string]string{"a.new": "half", "b.new/x": "theirs"})
	must(t, File{Name: filepath.Join(dir, "a"), Temp: "a.new"}.Write([]byte("whole")))
	err := File{Name: filepath.Join(dir, "b"), Temp: "b.new", New: true}.Write([]byte("whole"))
	if err == nil || errors.Is(err, fs.ErrExist) || !strings.Contains(err.Error(), "b.new") {
		t.Errorf("got %v", err)
	}
	check(t, dir, map[string]string{"a": "whole", "b.new/x": "theirs"})
}

func TestFileNames(t *testing.T) {
	dir := put(t, map[string]string{"sub/old": "old"})
	root, err := os.OpenRoot(dir)
	must(t, err)
	t.Cleanup(func() { _ = root.Close() })
	must(t, File{Dir: root, Name: "sub/new"}.Write([]byte("new")))
	must(t, File{Dir: root, Name: "top"}.Write([]byte("top")))
	for name, want := range map[string]error{"../out": nil, "none/new": fs.ErrNotExist, "sub/": fs.ErrNotExist, "": fs.ErrNotExist} {
		if err := (File{Dir: root, Name: name}).Write([]byte("x")); err == nil || want != nil && !errors.Is(err, want) {
			t.Errorf("%q: %v", name, err)
		}
	}
	check(t, dir, map[string]string{"sub/old": "old", "sub/new": "new", "top": "top"})
	t.Chdir(dir)
	must(t, File{Name: "here", New: true}.Write([]byte("here")))
	check(t, dir, map[string]string{"sub/old": "old", "sub/new": "new", "top": "top", "here": "here"})
}

func TestFileMode(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("access lists decide here")
	}
	dir := t.TempDir()
	for mode, want := range map[fs.FileMode]fs.FileMode{0: 0o600, 0o600: 0o600, 0o400: 0o400} {
		path := filepath.Join(dir, fmt.Sprint(mode))
		must(t, File{Name: path, Mode: mode}.Write(nil))
		if info, err := os.Stat(path); err != nil || info.Mode() != want {
			t.Errorf("%v: %v, %v", mode, info, err)
		}
	}
}

func TestAppendRenameRemove(t *testing.T) {
	dir := put(t, map[string]string{"log": "one\n", "damaged": "1", "damaged.aside": "0"})
	log := File{Name: filepath.Join(dir, "log")}
	must(t, log.Append([]byte("two\n")))
	log.Disposable = true
	must(t, log.Append([]byte("three\n")))
	if err := (File{Name: filepath.Join(dir, "none")}).Append([]byte("x")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("to no file: %v", err)
	}
	must(t, Rename(filepath.Join(dir, "damaged"), "damaged.aside"))
	if err := Rename(filepath.Join(dir, "none"), "x"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("rename no file: %v", err)
	}
	check(t, dir, map[string]string{"log": "one\ntwo\nthree\n", "damaged.aside": "1"})

	root, err := os.OpenRoot(dir)
	must(t, err)
	t.Cleanup(func() { _ = root.Close() })
	for _, at := range []string{StepRemove, StepFolder} {
		err := Remove(root, "log", func(step string, _ *os.File) error {
			if step == at {
				return syscall.EIO
			}
			return nil
		})
		if !errors.Is(err, syscall.EIO) || errors.Is(err, ErrUnconfirmed) != (at == StepFolder) {
			t.Errorf("%s: %v", at, err)
		}
	}
	check(t, dir, map[string]string{"damaged.aside": "1"})
}

func TestMakeFolder(t *testing.T) {
	dir := put(t, map[string]string{"file": ""})
	for range 2 {
		must(t, MakeFolder(filepath.Join(dir, "a", "b", "c"), 0o700))
	}
	if info, err := os.Stat(filepath.Join(dir, "a", "b", "c")); err != nil || !info.IsDir() {
		t.Errorf("%v, %v", info, err)
	}
	if err := MakeFolder(filepath.Join(dir, "file", "a"), 0o700); err == nil {
		t.Error("a folder in a file")
	}
}

func TestRead(t *testing.T) {
	dir := put(t, map[string]string{"file": "12345"})
	path := filepath.Join(dir, "file")
	if got, err := Read(path, 5); err != nil || string(got) != "12345" {
		t.Errorf("%q, %v", got, err)
	}
	if _, err := Read(path, 4); err == nil || !strings.Contains(err.Error(), "limit of 4 bytes") {
		t.Errorf("too long: %v", err)
	}
	if got, err := Head(path, 2); err != nil || string(got) != "12" {
		t.Errorf("the beginning: %q, %v", got, err)
	}
	if _, err := Read(path+".none", 5); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
	if _, err := Read(dir, 5); err == nil {
		t.Error("a folder")
	}
}

func TestLock(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "lock")
	release, err := Lock(t.Context(), path, 0o600, time.Minute)
	must(t, err)
	if _, err := TryLock(path, 0o600); !errors.Is(err, ErrLocked) {
		t.Errorf("held: %v", err)
	}
	if _, err := Lock(t.Context(), path, 0o600, 20*time.Millisecond); !errors.Is(err, ErrLocked) {
		t.Errorf("held for long: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Lock(ctx, path, 0o600, time.Minute); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	got := make(chan error)
	go func() {
		release, err := Lock(t.Context(), path, 0o600, time.Minute)
		if err == nil {
			err = release()
		}
		got <- err
	}()
	must(t, release())
	must(t, <-got)
	if _, err := TryLock(filepath.Join(dir, "none", "lock"), 0o600); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no folder: %v", err)
	}
	if runtime.GOOS != "windows" {
		must(t, os.Symlink(path, path+".link"))
		if _, err := TryLock(path+".link", 0o600); err == nil {
			t.Error("a link was followed")
		}
	}
	check(t, dir, map[string]string{"lock": "", "lock.link": ""})
}

func TestReason(t *testing.T) {
	for _, err := range []error{
		syscall.ENOSPC,
		fmt.Errorf("x: %w", &fs.PathError{Op: "open", Path: "p", Err: syscall.ENOSPC}),
		&os.LinkError{Op: "rename", Old: "a", New: "b", Err: syscall.ENOSPC},
		fmt.Errorf("%w: %w", ErrUnconfirmed, syscall.ENOSPC),
	} {
		if got := Reason(err); got != syscall.ENOSPC.Error() {
			t.Errorf("%v: %q", err, got)
		}
	}
	if got := Reason(errors.New("else")); got != "else" {
		t.Errorf("got %q", got)
	}
}

// What is moved is at one of the two names, and never takes the place of another file.
func TestMove(t *testing.T) {
	dir := put(t, map[string]string{"from/a": "1", "from/b": "2", "to/b": "other"})
	root, err := os.OpenRoot(dir)
	must(t, err)
	t.Cleanup(func() { _ = root.Close() })
	must(t, Move(root, "from", "a", "to", "a", nil))
	if err := Move(root, "from", "b", "to", "b", nil); !errors.Is(err, fs.ErrExist) {
		t.Errorf("onto another file: %v", err)
	}
	if err := Move(root, "from", "none", "to", "none", nil); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
	for _, at := range []string{StepName, StepFolder} {
		err := Move(root, "from", "b", "to", "c", func(step string, _ *os.File) error {
			if step == at {
				return syscall.EIO
			}
			return nil
		})
		if !errors.Is(err, syscall.EIO) || errors.Is(err, ErrUnconfirmed) != (at == StepFolder) {
			t.Errorf("%s: %v", at, err)
		}
	}
	check(t, dir, map[string]string{"to/a": "1", "to/b": "other", "to/c": "2"})
}

// The lock of a folder leaves nothing behind, and there is never more than one: also where
// the file goes away while others wait for it.
func TestLockFolder(t *testing.T) {
	dir := put(t, map[string]string{"file": "1"})
	root, err := os.OpenRoot(dir)
	must(t, err)
	t.Cleanup(func() { _ = root.Close() })
	held := 0
	var workers sync.WaitGroup
	for range 8 {
		workers.Go(func() {
			for range 20 {
				release, err := LockFolder(t.Context(), root, dir, "lock", time.Minute)
				if err != nil {
					t.Error(err)
					return
				}
				held++ // the race detector sees a second one
				if err := release(); err != nil {
					t.Error(err)
				}
			}
		})
	}
	workers.Wait()
	if held != 160 {
		t.Errorf("%d of 160 turns", held)
	}
	check(t, dir, map[string]string{"file": "1"})
	release, err := LockFolder(t.Context(), root, dir, "lock", time.Minute)
	must(t, err)
	if _, err := LockFolder(t.Context(), root, dir, "lock", 20*time.Millisecond); !errors.Is(err, ErrLocked) {
		t.Errorf("held: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := LockFolder(ctx, root, dir, "lock", time.Minute); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	must(t, release())
	if runtime.GOOS != "windows" {
		must(t, os.Symlink("file", filepath.Join(dir, "lock")))
		if _, err := LockFolder(t.Context(), root, dir, "lock", time.Minute); err == nil {
			t.Error("a link was followed")
		}
	}
}
