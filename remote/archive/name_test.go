package archive

import (
	"crypto/sha256"
	"fmt"
	"path"
	"strings"
	"testing"

	"trustdeck/model"
)

// TestFolders spells out the escaping of repository names.
func TestFolders(t *testing.T) {
	long := strings.Repeat("a", 130)
	for _, c := range []struct{ gun, want string }{
		{"docker.io/library/alpine", "docker.io/library/alpine"},
		{"localhost:5000/x", "localhost%3a5000/x"},
		{"[::1]:5000/x", "%5b%3a%3a1%5d%3a5000/x"},
		{"docker.io/Acme/App", "docker.io/%41cme/%41pp"},
		{"docker.io/con", "docker.io/%63on"},
		{"docker.io/aux.d/nul", "docker.io/%61ux.d/%6eul"},
		{"docker.io/com1/lpt9.x/com", "docker.io/%63om1/%6cpt9.x/com"},
		{"docker.io/console/COM1", "docker.io/console/%43%4f%4d1"},
		{"x/.hidden/dot./..a", "x/%2ehidden/dot%2e/%2e.a"},
		{"x/münchen", "x/m%c3%bcnchen"},
		{"x/" + long, "x/" + long[:87] + "~" + fmt.Sprintf("%x", sha256.Sum256([]byte(long)))[:32]},
	} {
		gun, err := model.ParseGUN(c.gun)
		if err != nil {
			t.Fatal(err)
		}
		got := strings.TrimSuffix(strings.TrimPrefix(folderOf(gun), "repositories/"), "/_trust")
		if got != c.want {
			t.Errorf("%s: got %s, want %s", c.gun, got, c.want)
		}
	}
}

// TestFileNames spells out where versions are.
func TestFileNames(t *testing.T) {
	sum := [32]byte{0xab}
	hex := "ab" + strings.Repeat("0", 62)
	for _, c := range []struct {
		role    model.RoleName
		version int64
		second  bool
		want    string
	}{
		{"root", 3, false, "tuf/3.root.json"},
		{"targets", 3, true, "tuf/3.targets." + hex + ".json"},
		{"targets/releases", 12, false, "tuf/targets/12.releases.json"},
		{"targets/a/b", 1, false, "tuf/targets/a/1.b.json"},
		{"targets/con/aux", 1, false, "tuf/targets/%63on/1.%61ux.json"},
		{"a b@c", 1, false, "tuf/1.a%20b%40c.json"},
		{"a//b", 1, false, "tuf/a/%/1.b.json"},
		{"/", 1, false, "tuf/%/1.%.json"},
		{"../../etc/x", 1, false, "tuf/%2e%2e/%2e%2e/etc/1.x.json"},
		{"100%", 1, false, "tuf/1.100%25.json"},
		{"snapshot", 0, false, "tuf/unreadable.snapshot." + hex + ".json"},
		{"targets/x", 0, true, "tuf/targets/unreadable.x." + hex + ".json"},
	} {
		if got := fileOf(c.role, c.version, sum, c.second); got != c.want {
			t.Errorf("%s %d: got %s, want %s", c.role, c.version, got, c.want)
		}
	}
}

// TestNamesStayApart: names that many file systems would confuse have folders
// that differ in more than case, and none lies inside another's.
func TestNamesStayApart(t *testing.T) {
	long := strings.Repeat("x", 200)
	names := []model.GUN{
		"a/b", "a/B", "A/b", "a/b/c", "a", "a.b", "a/b.", "a/.b", "a/%62", "a/con", "a/CON", "a/Con", "a/con.json", "a/k", "a/\u212a",
		"a/tuf", "a/tuf/root", "a/_trusty", "a/ss", "a/ß", "a/é", "a/e\u0301", model.GUN("a/" + long), model.GUN("a/" + long + "y"),
		model.GUN("a/" + strings.ToUpper(long)), "a:1/b", "a%3a1/b",
	}
	seen := map[string]model.GUN{}
	for _, gun := range names {
		folder := strings.ToLower(folderOf(gun))
		if other, twice := seen[folder]; twice {
			t.Errorf("%q and %q share %s", gun, other, folder)
		}
		seen[folder] = gun
		checkParts(t, folder)
	}
}

// checkParts applies the rules of Windows, the strictest file system.
func checkParts(t *testing.T, name string) {
	t.Helper()
	for part := range strings.SplitSeq(name, "/") {
		switch {
		case part == "" || part == "." || part == "..":
			t.Errorf("%q has the part %q", name, part)
		case strings.ContainsAny(part, "<>:\"\\|?*\x00") || strings.HasSuffix(part, ".") || strings.HasSuffix(part, " "):
			t.Errorf("%q has the part %q, which Windows refuses", name, part)
		case deviceName(strings.ToLower(part)):
			t.Errorf("%q has the part %q, which is a device of Windows", name, part)
		case len(part) > 255-len(partialSuffix):
			t.Errorf("%q has a part of %d bytes", name, len(part))
		}
	}
	if path.Clean(name) != name {
		t.Errorf("%q is not clean", name)
	}
}

// FuzzNames: no repository or role name leads out of its folder, and none that
// is kept whole can be taken for another.
func FuzzNames(f *testing.F) {
	f.Add("docker.io/library/alpine", "targets/releases")
	f.Add("localhost:5000/CON", "targets/aux/nul")
	f.Add(strings.Repeat("Ü", 120), "targets/"+strings.Repeat("a", 240))
	f.Add("a", "../..//etc/ passwd*%")
	f.Fuzz(func(t *testing.T, name, role string) {
		gun, err := model.ParseGUN(name)
		if err != nil {
			t.Skip()
		}
		folder := folderOf(gun)
		checkParts(t, folder)
		if folder != strings.ToLower(folder) {
			t.Errorf("%q has capital letters", folder)
		}
		if !strings.Contains(folder, "~") && unescape(folder) != "repositories/"+name+"/_trust" {
			t.Errorf("%q cannot be read back from %q", name, folder)
		}
		if r := model.RoleName(role); checkRole(r) == nil {
			checkParts(t, fileOf(r, 1<<62, [32]byte{}, true))
		}
	})
}

func unescape(s string) string {
	var out []byte
	for i := 0; i < len(s); i++ {
		if s[i] != '%' {
			out = append(out, s[i])
			continue
		}
		const digits = "0123456789abcdef"
		out = append(out, byte(strings.IndexByte(digits, s[i+1])<<4|strings.IndexByte(digits, s[i+2])))
		i += 2
	}
	return string(out)
}
