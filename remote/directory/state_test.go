package directory_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"trustdeck/model"
	"trustdeck/remote/directory"
)

// Every role has a file of its own in the folder, whatever it is called.
func TestState(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s, err := directory.OpenState(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	roles := []model.RoleName{"root", "a/b", "../up", "?#%", "ü", model.RoleName(strings.Repeat("long", 60)), "."}
	for _, role := range roles {
		if raw, err := s.Load(role); raw != nil || err != nil {
			t.Errorf("%q: %q, %v", role, raw, err)
		}
		if err := s.Store(role, []byte(role)); err != nil {
			t.Error(err)
		}
	}
	for _, role := range roles {
		if raw, err := s.Load(role); string(raw) != string(role) || err != nil {
			t.Errorf("%q: %q, %v", role, raw, err)
		}
	}
	names := namesIn(t, dir)
	if len(names) != len(roles) || !slices.Contains(names, "root.json") || !slices.Contains(names, "a%2Fb.json") {
		t.Errorf("%q", names)
	}
	for range 2 {
		if err := s.Forget("a/b"); err != nil {
			t.Error(err)
		}
	}
	if raw, err := s.Load("a/b"); raw != nil || err != nil {
		t.Errorf("%q, %v", raw, err)
	}
	if err := os.Symlink(filepath.Join(dir, "root.json"), filepath.Join(dir, "linked.json")); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Load("linked"); model.KindOf(err) != model.FaultLocal {
		t.Error(err)
	}
	if _, err := directory.OpenState(filepath.Join(dir, "missing")); model.KindOf(err) != model.FaultLocal {
		t.Error(err)
	}
}

func namesIn(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// A target is one file; one that is longer than it is to be is not read.
func TestArtifacts(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	a, err := directory.OpenArtifacts(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = a.Close() }()
	for path, content := range map[string]string{"dir/app": "content", "../app": "", "app": "other"} {
		if err := a.Store(path, []byte(content)); err != nil {
			t.Error(err)
		}
		if got, err := a.Load(path, int64(len(content))); got == nil || string(got) != content || err != nil {
			t.Errorf("%q: %q, %v", path, got, err)
		}
	}
	if got, err := a.Load("app", 3); got != nil || err != nil {
		t.Errorf("%q, %v", got, err)
	}
	if names := namesIn(t, dir); !slices.Equal(names, []string{"..%2Fapp", "app", "dir%2Fapp"}) {
		t.Errorf("%q", names)
	}
}
