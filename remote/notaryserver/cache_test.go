package notaryserver_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
	"time"

	"trustdeck/model"
	"trustdeck/model/port"
	"trustdeck/remote/notaryserver"
)

func sample(text string) port.Saved {
	return port.Saved{
		Read: time.Date(2026, 11, 21, 2, 0, 0, 0, time.UTC),
		Files: map[model.RoleName]port.File{
			"root":          {Bytes: []byte("root " + text), Modified: time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)},
			"targets/alice": {Bytes: []byte("alice\n" + text)},
			"timestamp":     {Bytes: []byte{}},
		},
	}
}

func same(a, b port.Saved) bool {
	if len(a.Files) != len(b.Files) || !a.Read.Equal(b.Read) {
		return false
	}
	for role, f := range a.Files {
		if g, ok := b.Files[role]; !ok || !bytes.Equal(f.Bytes, g.Bytes) || !f.Modified.Equal(g.Modified) {
			return false
		}
	}
	return true
}

// only is the one cache file below a folder.
func only(t *testing.T, dir string) string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*", "*.cache"))
	if err != nil || len(files) != 1 {
		t.Fatalf("%q, %v", files, err)
	}
	return files[0]
}

// A repository that is looked at again is not read from the disk again, unless its file is another.
func TestCacheHoldsWhatWasLoadedLast(t *testing.T) {
	ctx, dir := context.Background(), t.TempDir()
	c, another := notaryserver.NewCache(dir, "one.example.org", nil), notaryserver.NewCache(dir, "one.example.org", nil)
	load := func(want string) []byte {
		t.Helper()
		got, ok, err := c.Load(ctx, gun)
		if !ok || err != nil || !same(got, sample(want)) {
			t.Fatalf("%+v, %t, %v; want %s", got, ok, err, want)
		}
		bytes := got.Files["root"].Bytes
		delete(got.Files, "root") // the answer belongs to who has asked
		return bytes
	}
	if err := c.Save(ctx, gun, sample("one")); err != nil {
		t.Fatal(err)
	}
	if a, b := load("one"), load("one"); &a[0] != &b[0] {
		t.Error("it is read twice")
	}
	if err := another.Save(ctx, gun, sample("two")); err != nil {
		t.Fatal(err)
	}
	load("two")
	if err := os.Remove(only(t, dir)); err != nil {
		t.Fatal(err)
	}
	if _, ok, err := c.Load(ctx, gun); ok || err != nil {
		t.Errorf("what was removed is loaded: %v", err)
	}
}

func TestCacheRoundTrip(t *testing.T) {
	ctx, dir := context.Background(), t.TempDir()
	c := notaryserver.NewCache(dir, "one.example.org", nil)
	if _, ok, err := c.Load(ctx, gun); ok || err != nil {
		t.Errorf("an empty cache has something: %v", err)
	}
	if listed, err := c.Repositories(ctx); len(listed) != 0 || err != nil {
		t.Errorf("an empty cache lists %v, %v", listed, err)
	}
	for _, text := range []string{"first", "second"} {
		if err := c.Save(ctx, gun, sample(text)); err != nil {
			t.Fatal(err)
		}
		if got, ok, err := c.Load(ctx, gun); !ok || err != nil || !same(got, sample(text)) {
			t.Errorf("%+v, %t, %v", got, ok, err)
		}
	}
	if listed, err := c.Repositories(ctx); err != nil || len(listed) != 1 || listed[0].GUN != gun {
		t.Errorf("listed %v, %v", listed, err)
	}
	other := notaryserver.NewCache(dir, "two.example.org", nil)
	if _, ok, _ := other.Load(ctx, gun); ok {
		t.Error("another server's data is given")
	}
	file := only(t, dir)
	if runtime.GOOS != "windows" {
		for path, mode := range map[string]os.FileMode{file: 0o600, filepath.Dir(file): 0o700 | os.ModeDir} {
			if info, err := os.Stat(path); err != nil || info.Mode() != mode {
				t.Errorf("%s: %v, %v", path, info.Mode(), err)
			}
		}
	}
}

// Whatever happens to a cache file, altered data never comes out of it.
func TestDamagedCache(t *testing.T) {
	ctx, dir := context.Background(), t.TempDir()
	warned := 0
	c := notaryserver.NewCache(dir, "s", func(model.Event) { warned++ })
	if err := c.Save(ctx, gun, sample("x")); err != nil {
		t.Fatal(err)
	}
	file := only(t, dir)
	good, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	try := func(name string, raw []byte) {
		t.Helper()
		warned = 0
		if err := os.WriteFile(file, raw, 0o600); err != nil {
			t.Fatal(err)
		}
		got, ok, err := c.Load(ctx, gun)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if !ok && warned != 1 {
			t.Errorf("%s: ignored with %d warnings", name, warned)
		}
		if ok && !same(got, sample("x")) {
			t.Errorf("%s: altered data came out: %+v", name, got)
		}
		if _, err := c.Repositories(ctx); err != nil {
			t.Errorf("%s: listing: %v", name, err)
		}
	}
	for i := range good {
		flipped := bytes.Clone(good)
		flipped[i] ^= 1
		try(fmt.Sprintf("byte %d", i), flipped)
		try(fmt.Sprintf("cut at %d", i), good[:i])
	}
	try("longer", append(bytes.Clone(good), 'x'))

	moved := notaryserver.NewCache(t.TempDir(), "s", func(model.Event) { warned++ })
	if err := moved.Save(ctx, "other/repo", sample("y")); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, good, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(file, 0o700); err != nil {
		t.Fatal(err)
	}
	if _, ok, err := c.Load(ctx, gun); ok || err == nil {
		t.Errorf("a folder in its place: %t, %v", ok, err)
	}
}

func TestConcurrentSaves(t *testing.T) {
	ctx, dir := context.Background(), t.TempDir()
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			c := notaryserver.NewCache(dir, "s", nil)
			for range 20 {
				if err := c.Save(ctx, gun, sample(fmt.Sprint(i))); err != nil {
					t.Error(err)
				}
				if _, ok, err := c.Load(ctx, gun); !ok || err != nil {
					t.Errorf("%t, %v", ok, err)
				}
			}
		})
	}
	wg.Wait()
	left, err := filepath.Glob(filepath.Join(dir, "*", ".trustdeck-*"))
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %q, %v", left, err)
	}
}
