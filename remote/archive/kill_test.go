package archive

import (
	"bytes"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/admin/archive"
	"trustdeck/model/dialect"
	"trustdeck/model/notary/docker"
	"trustdeck/model/notary/notarytest"
	"trustdeck/model/port"
)

var errKilled = errors.New("killed")

// A quick store is a folder that waits for no disk: a process that is killed
// loses nothing that it has written, and the tests write a lot.
type quick struct {
	store
	dir string
}

func (q quick) Mkdir(dir string) error { return os.MkdirAll(filepath.Join(q.dir, dir), dirMode) }

func (q quick) Place(name string, data []byte) error {
	if err := q.partial(name, data); err != nil {
		return err
	}
	return os.Rename(filepath.Join(q.dir, name+partialSuffix), filepath.Join(q.dir, name))
}

// partial leaves what a process leaves that is killed while it writes.
func (q quick) partial(name string, data []byte) error {
	return os.WriteFile(filepath.Join(q.dir, name+partialSuffix), data, fileMode)
}

func (q quick) Append(name string, data []byte, _ bool) error {
	return q.store.Append(name, data, false)
}

// A dying store carries out a number of operations and then no more, as for a
// process that is killed, or a disk that is full. With torn, the last one is
// done by half.
type dying struct {
	quick
	mu   sync.Mutex
	left int
	torn bool
	dead bool
}

// live reports whether the next operation is carried out, and whether by half.
func (d *dying) live() (whole, half bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.dead {
		return false, false
	}
	if d.left == 0 {
		d.dead = true
		return false, d.torn
	}
	d.left--
	return true, false
}

func (d *dying) Place(name string, data []byte) error {
	whole, half := d.live()
	if half {
		_ = d.partial(name, data[:len(data)/2])
	}
	if !whole {
		return errKilled
	}
	if whole, _ = d.live(); !whole { // before it has its name
		_ = d.partial(name, data)
		return errKilled
	}
	return d.quick.Place(name, data)
}

func (d *dying) Append(name string, data []byte, sync bool) error {
	whole, half := d.live()
	if whole {
		return d.quick.Append(name, data, sync)
	}
	if half {
		_ = d.quick.Append(name, data[:len(data)/2], sync)
	}
	return errKilled
}

func (d *dying) Mkdir(dir string) error {
	if whole, _ := d.live(); !whole {
		return errKilled
	}
	return d.quick.Mkdir(dir)
}

func (d *dying) Remove(name string) error {
	if whole, _ := d.live(); !whole {
		return errKilled
	}
	return d.quick.Remove(name)
}

// runQuickly archives into dir with a disk that dies after n operations.
func runQuickly(t *testing.T, s *server, dir string, n int, torn bool) (died bool, result archive.Result) {
	t.Helper()
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = root.Close() }()
	d := &dying{quick: quick{&folder{root: root}, dir}, left: n, torn: torn}
	w, err := newWriter(dir, d, clock)
	if err == nil {
		result, err = (&archive.Service{Admin: s.service(), Vault: w}).Save(t.Context(), []model.GUN{gun}, nil)
	}
	switch {
	case d.dead && (model.KindOf(err) != model.FaultLocal || model.HintOf(err) == ""):
		t.Errorf("after %d operations: the run does not say that the disk failed: %v", n, err)
	case !d.dead && err != nil:
		t.Errorf("after %d operations: %v", n, err)
	}
	return d.dead, result
}

// complete archives into dir without being killed.
func complete(t *testing.T, s *server, dir string) {
	t.Helper()
	_, result := runQuickly(t, s, dir, 1<<30, false)
	healthy(t, result)
}

// TestKillPoints stops a run at each of its operations in turn. Whatever was in
// the archive before stays readable, whatever is listed can be read, and the
// same command again completes it, as if nothing had happened.
func TestKillPoints(t *testing.T) {
	repo := notarytest.New(gun, noon.Add(-time.Hour))
	old := newServer(repo)
	before := maps.Clone(repo.Past)
	repo.Delegate("targets/alice", 1, []string{""}, notarytest.NewKey())
	repo.Tag("targets/alice", "v2", "two")
	repo.Seal("targets", "targets/alice")
	now := newServer(repo)
	now.feed[gun] = append(slices.Clone(old.feed[gun]), now.feed[gun]...)

	step := 1
	if testing.Short() {
		step = 9
	}
	for name, c := range map[string]struct {
		prepare func(dir string)
		before  map[string][]byte
	}{
		"new archive": {func(string) {}, nil},
		"second run":  {func(dir string) { complete(t, old, dir) }, before},
	} {
		t.Run(name, func(t *testing.T) {
			whole := t.TempDir()
			c.prepare(whole)
			complete(t, now, whole)
			want := snapshotOf(t, whole)
			for _, torn := range []bool{false, true} {
				points := 0
				for died := true; died; points += step {
					dir := t.TempDir()
					c.prepare(dir)
					died, _ = runQuickly(t, now, dir, points, torn)
					readable(t, dir, c.before, repo.Past)
					complete(t, now, dir)
					if got := snapshotOf(t, dir); !slices.Equal(got, want) {
						t.Fatalf("killed after %d operations (torn: %v) and resumed, the archive is\n%s\nand should be\n%s",
							points, torn, strings.Join(got, "\n"), strings.Join(want, "\n"))
					}
				}
				if points < 20 {
					t.Errorf("only %d operations: the test no longer reaches what it is for", points)
				}
			}
		})
	}
}

// readable opens an archive that was left by a killed run: it has all of
// before, and nothing that is not as in all.
func readable(t *testing.T, dir string, before, all map[string][]byte) {
	t.Helper()
	r, err := Open(dir)
	if before == nil && model.KindOf(err) == model.FaultLocal {
		return // killed before it was an archive
	}
	if err != nil {
		t.Errorf("cannot be opened: %v", err)
		return
	}
	defer func() { _ = r.Close() }()
	for name, raw := range all {
		version, role := cutVersion(name)
		f, err := r.Read(t.Context(), gun, port.Ref{Role: model.RoleName(role), Version: version, Limit: 1 << 20})
		switch {
		case before[name] == nil && model.KindOf(err) == model.FaultNotFound:
		case err != nil:
			t.Errorf("%s: %v", name, err)
		case !bytes.Equal(f.Bytes, raw):
			t.Errorf("%s: other bytes", name)
		}
	}
	if before != nil {
		service := &admin.Service{DialectOf: dialect.Only(docker.Dialect{}), Remote: r, Clock: clock}
		if view := service.Open(t.Context(), gun); view.Fault != nil || len(view.Repository.AllProblems()) > 0 {
			t.Errorf("what was whole before is not: %v", view.Repository.AllProblems())
		}
	}
}

// TestNothingHalfWritten: after a kill, no file has its final name and half of
// its bytes.
func TestNothingHalfWritten(t *testing.T) {
	repo, dir := sampleRepo(gun), t.TempDir()
	runQuickly(t, newServer(repo), dir, 40, true)
	all := map[string]bool{}
	for _, raw := range repo.Past {
		all[string(raw)] = true
	}
	n := 0
	err := filepath.WalkDir(filepath.Join(dir, "repositories"), func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || !strings.Contains(path, "tuf") || strings.HasSuffix(path, partialSuffix) {
			return err
		}
		n++
		if data, err := os.ReadFile(path); err != nil || !all[string(data)] {
			t.Errorf("%s: %d bytes, %v", path, len(data), err)
		}
		return nil
	})
	if err != nil || n == 0 {
		t.Errorf("%d files looked at, %v", n, err)
	}
}

// TestResume: what a killed run has saved can be read at once, and is not asked
// for again.
func TestResume(t *testing.T) {
	repo, dir := sampleRepo(gun), t.TempDir()
	s := newServer(repo)
	if died, _ := runQuickly(t, s, dir, 55, false); !died {
		t.Fatal("the run was not killed")
	}
	r := open(t, dir)
	if !r.Unfinished() {
		t.Error("the archive does not say that its last run was killed")
	}
	saved := map[string]bool{}
	for name := range repo.Past {
		version, role := cutVersion(name)
		if _, err := r.Read(t.Context(), gun, port.Ref{Role: model.RoleName(role), Version: version, Limit: 1 << 20}); err == nil {
			saved[name] = true
		}
	}
	if len(saved) < 3 || len(saved) == len(repo.Past) {
		t.Fatalf("%d of %d files were saved: kill the run elsewhere", len(saved), len(repo.Past))
	}
	s.asked()
	result := archiveTo(t, s, dir, gun)
	healthy(t, result)
	for _, name := range s.asked() {
		if saved[name] {
			t.Errorf("%s was saved, and asked for again", name)
		}
	}
	if got, want := result.Repositories[0].New, len(repo.Past)-len(saved); got != want {
		t.Errorf("%d new files, want %d", got, want)
	}
}
