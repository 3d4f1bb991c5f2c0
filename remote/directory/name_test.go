package directory

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"trustdeck/model"
)

func TestNames(t *testing.T) {
	for role, want := range map[model.RoleName][]string{
		"targets":      {"targets"},
		"a/b":          {"a%2Fb"},
		"registry.org": {"registry.org"},
		"a b":          {"a%20b", "a b"},
		"a@b":          {"a%40b", "a@b"},
		"a:b c":        {"a%3Ab%20c", "a:b%20c", "a:b c"},
		"a%2Fb":        {"a%252Fb"},
		"..":           {".."},
		`a\b`:          {"a%5Cb"},
		"é":            {"%C3%A9", "é"},
		"":             {""},
	} {
		if got := spellings(role); !slices.Equal(got, want) {
			t.Errorf("%q: got %q, want %q", role, got, want)
		}
	}
	for file, want := range map[string]struct {
		role    model.RoleName
		version int64
	}{
		"14.targets.json": {"targets", 14}, "3.a%2Fb.json": {"a/b", 3}, "1.2.x.json": {"2.x", 1}, "2.100%.json": {"100%", 2},
		"targets.json": {}, "0.root.json": {}, "01.root.json": {}, "+1.root.json": {}, "1..json": {"", 0}, "1.json": {}, "1.root.JSON": {}, "1.root": {}, "": {},
	} {
		role, version, ok := parseName(file)
		if role != want.role || version != want.version || ok != (want.version > 0) {
			t.Errorf("%q: %q, %d, %v", file, role, version, ok)
		}
	}
}

// The name of a file is one element, belongs to one role, and is read back.
func FuzzNames(f *testing.F) {
	for _, seed := range []string{"targets", "a/b", "../../etc/passwd", "a%2Fb", "1.root", `..\x`, "a\x00b", "a\u202eb", "CON", "é ", "", ".", ".."} {
		f.Add(seed, seed+"/", int64(7))
	}
	f.Fuzz(func(t *testing.T, a, b string, version int64) {
		ofA, ofB := spellings(model.RoleName(a)), spellings(model.RoleName(b))
		for i, spelling := range ofA {
			for _, name := range []string{fileName(spelling, 0), fileName(spelling, 7)} {
				if strings.ContainsAny(name, "/\x00") || filepath.Base(name) != name || filepath.Clean(filepath.Join("d", name)) != "d/"+name {
					t.Errorf("%q: the name %q leads elsewhere", a, name)
				}
			}
			if a != b && slices.Contains(ofB, spelling) {
				t.Errorf("%q and %q share %q", a, b, spelling)
			}
			if version < 1 || a == "" {
				continue
			}
			role, back, ok := parseName(fileName(spelling, version))
			if !ok || back != version || string(role) != a {
				t.Errorf("%q (%d): %q is read back as %q, %d, %v", a, i, spelling, role, back, ok)
			}
		}
	})
}
