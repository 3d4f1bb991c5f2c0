package memories_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"

	"trustdeck/cmd/trustdeck/internal/memories"
	"trustdeck/model"
	"trustdeck/model/memory"
)

const (
	gun    = model.GUN("registry.example.org/acme/app")
	server = "https://notary.example.org"
)

func look(role model.RoleName, version int64) memory.Look {
	root := memory.DigestOf([]byte("root"))
	return memory.Look{Root: []byte("root"), Version: 1, Digest: root, Basis: root, Roles: map[model.RoleName]memory.Seen{
		model.RoleRoot: {Version: 1, Digests: []memory.Digest{root}},
		role:           {Version: version, Digests: []memory.Digest{memory.DigestOf(fmt.Append(nil, version))}},
	}}
}

func see(s *memories.Store, role model.RoleName, version int64) error {
	return s.Update(context.Background(), gun, func(r memory.Record, _ bool, damage error) (memory.Record, error) {
		return r.Merge(look(role, version)), damage
	})
}

func load(t *testing.T, s *memories.Store) memory.Record {
	t.Helper()
	r, ok, err := s.Load(t.Context(), gun)
	if err != nil || !ok {
		t.Fatalf("%t, %v", ok, err)
	}
	return r
}

// only is the path of the one record in a folder.
func only(t *testing.T, dir string) string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(dir, "*", "*.memory"))
	if err != nil || len(found) != 1 {
		t.Fatalf("%v, %v", found, err)
	}
	return found[0]
}

func TestStore(t *testing.T) {
	dir := t.TempDir()
	s := memories.New(dir, server)
	if _, ok, err := s.Load(t.Context(), gun); ok || err != nil {
		t.Fatalf("nothing is kept, and it says %t, %v", ok, err)
	}
	if err := see(s, "targets", 3); err != nil {
		t.Fatal(err)
	}
	if got := load(t, memories.New(dir, server)).Roles["targets"].Version; got != 3 {
		t.Errorf("targets %d", got)
	}
	if _, ok, err := memories.New(dir, "https://elsewhere").Load(t.Context(), gun); ok || err != nil {
		t.Errorf("on another server: %t, %v", ok, err)
	}
	path := only(t, dir)
	before, err := os.Stat(path)
	if err != nil || runtime.GOOS != "windows" && before.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", before.Mode(), err)
	}
	if err := see(s, "targets", 2); err != nil {
		t.Fatal(err)
	}
	if after, err := os.Stat(path); err != nil || !os.SameFile(before, after) {
		t.Errorf("what says the same was written again: %v", err)
	}
	refused := errors.New("no")
	if err := s.Update(t.Context(), gun, func(memory.Record, bool, error) (memory.Record, error) { return memory.Record{}, refused }); !errors.Is(err, refused) {
		t.Errorf("%v", err)
	}
	if got := load(t, s).Roles["targets"].Version; got != 3 {
		t.Errorf("after a change that was refused: targets %d", got)
	}
}

// A record that is damaged in any way is never taken for none: it says which file, and
// what to do. It stays until somebody replaces it, and then beside the new one.
func TestDamage(t *testing.T) {
	dir := t.TempDir()
	s := memories.New(dir, server)
	if err := see(s, "targets", 3); err != nil {
		t.Fatal(err)
	}
	path := only(t, dir)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	check := func(name string, content []byte) {
		t.Helper()
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		_, ok, err := s.Load(t.Context(), gun)
		var fault *model.Fault
		if ok || !errors.As(err, &fault) || fault.Subject != path || !strings.Contains(fault.Hint, "trustdeck accept-root "+string(gun)) {
			t.Fatalf("%s: %t, %v", name, ok, err)
		}
		if err := see(s, "targets", 4); err == nil {
			t.Fatalf("%s: it was replaced without a word", name)
		}
	}
	for i := range whole {
		check(fmt.Sprintf("cut off at %d", i), whole[:i])
		changed := bytes.Clone(whole)
		changed[i] ^= 1
		check(fmt.Sprintf("changed at %d", i), changed)
	}
	check("another one", append(bytes.Clone(whole), whole...))
	if err := s.Update(t.Context(), gun, func(_ memory.Record, ok bool, damage error) (memory.Record, error) {
		if ok || damage == nil {
			t.Errorf("%t, %v", ok, damage)
		}
		return memory.Begin(look("targets", 5)), nil
	}); err != nil {
		t.Fatal(err)
	}
	if got := load(t, s).Roles["targets"].Version; got != 5 {
		t.Errorf("targets %d", got)
	}
	if kept, err := os.ReadFile(path + ".damaged"); err != nil || len(kept) != 2*len(whole) {
		t.Errorf("the damaged one is gone: %v", err)
	}
	// That of another repository is damage too.
	other := memories.New(dir, server)
	elsewhere := filepath.Join(filepath.Dir(path), strings.Repeat("0", 32)+".memory")
	if err := os.Rename(path, elsewhere); err != nil {
		t.Fatal(err)
	}
	if _, ok, err := other.Load(t.Context(), gun); ok || err != nil {
		t.Errorf("a removed record is none: %t, %v", ok, err)
	}
}

// Several at once lose nothing of what any of them has seen.
func TestAtOnce(t *testing.T) {
	dir := t.TempDir()
	const trustdecks, looks = 8, 12
	var group sync.WaitGroup
	for i := range trustdecks {
		group.Go(func() {
			s := memories.New(dir, server)
			for n := range looks {
				if err := see(s, model.RoleName(fmt.Sprint("targets/", i)), int64(n+1)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
	r := load(t, memories.New(dir, server))
	for i := range trustdecks {
		if got := r.Roles[model.RoleName(fmt.Sprint("targets/", i))].Version; got != looks {
			t.Errorf("of %d: version %d", i, got)
		}
	}
}

// victimDir has this program be the victim of TestKilled.
const victimDir = "MEMORIES_VICTIM_DIR"

func TestMain(m *testing.M) {
	if dir := os.Getenv(victimDir); dir != "" {
		victim(dir)
	}
	os.Exit(m.Run())
}

// victim is a trustdeck that remembers one version after the other, and says so, until
// it is killed.
func victim(dir string) {
	s := memories.New(dir, server)
	for n := int64(1); ; n++ {
		if err := see(s, "targets", n); err != nil {
			panic(err)
		}
		fmt.Println("seen", n)
	}
}

// A trustdeck that is killed leaves everything that it has remembered, whole.
func TestKilled(t *testing.T) {
	dir := t.TempDir()
	seen := int64(0)
	for range 5 {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), victimDir+"="+dir)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		for said := 0; said < 20 && lines.Scan(); {
			if n, ok := strings.CutPrefix(lines.Text(), "seen "); ok {
				v, err := strconv.ParseInt(n, 10, 64)
				if err != nil {
					t.Fatal(err)
				}
				seen, said = max(seen, v), said+1
			}
		}
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait() // it was killed
		if got := load(t, memories.New(dir, server)).Roles["targets"].Version; got < seen {
			t.Fatalf("%d was remembered, and %d is left", seen, got)
		}
	}
}

// What is remembered says of which repositories; a record that does not is an error.
func TestRepositories(t *testing.T) {
	dir := t.TempDir()
	s := memories.New(dir, server)
	if listed, err := s.Repositories(t.Context()); err != nil || len(listed) > 0 {
		t.Errorf("of nothing: %v, %v", listed, err)
	}
	if err := see(s, model.RoleTargets, 1); err != nil {
		t.Fatal(err)
	}
	if err := see(memories.New(dir, "https://another.example.org"), model.RoleTargets, 1); err != nil {
		t.Fatal(err)
	}
	listed, err := s.Repositories(t.Context())
	if err != nil || len(listed) != 1 || listed[0].GUN != gun {
		t.Errorf("%v, %v", listed, err)
	}
	found, err := filepath.Glob(filepath.Join(dir, "*", "*.memory"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range found {
		if err := os.WriteFile(path, []byte("torn"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if listed, err := s.Repositories(t.Context()); model.KindOf(err) != model.FaultLocal || model.HintOf(err) == "" || len(listed) > 0 {
		t.Errorf("of a torn file: %v, %v", listed, err)
	}
}
