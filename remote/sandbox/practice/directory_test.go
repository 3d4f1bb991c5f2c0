package practice_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/dialect"
	"trustdeck/model/health"
	"trustdeck/model/tuf"
	"trustdeck/remote/directory"
	"trustdeck/remote/sandbox/practice"
)

// looked opens the folder of a lesson.
func looked(t *testing.T, gun model.GUN) admin.Look {
	t.Helper()
	dir := t.TempDir()
	for name, raw := range practice.Build(now).Directories[gun] {
		if err := os.WriteFile(filepath.Join(dir, name), raw, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	service := &admin.Service{
		DialectOf: dialect.Only(tuf.Dialect{}), Remote: directory.NewFolder(dir, gun),
		Clock: func() time.Time { return now }, Health: health.DefaultOptions(),
	}
	v := service.Open(t.Context(), gun)
	if v.Repository == nil {
		t.Fatal(v.Fault)
	}
	return v
}

// Every repository of TUF 1.0 shows what its lesson is about, and nothing else that an
// administrator would have to look into.
func TestEachDirectoryShowsItsPoint(t *testing.T) {
	t.Parallel()
	shows := map[model.GUN][]string{"fleet": nil, "feed": {"expired timestamp"}, "catalog": nil, "keyring": nil, "charter": nil}
	for _, l := range lessons(t) {
		if strings.HasPrefix(string(l.GUN), host) {
			continue
		}
		want, ok := shows[l.GUN]
		delete(shows, l.GUN)
		var got []string
		for _, f := range looked(t, l.GUN).Assessment.Findings {
			if f.Severity > model.Notice {
				got = append(got, f.Code+" "+string(f.Role))
			}
		}
		if !ok || !slices.Equal(got, want) {
			t.Errorf("%s shows %q, want %q", l.GUN, got, want)
		}
	}
	for gun := range shows {
		t.Errorf("there is no lesson about %s", gun)
	}
}

// What the lessons are about beyond their findings.
func TestWhatDirectoriesAreAbout(t *testing.T) {
	t.Parallel()
	root := looked(t, "fleet").Repository.Role(model.RoleRoot)
	pending := 0
	for _, s := range root.Signatures {
		if s.State == model.SignaturePending {
			pending++
		}
	}
	if root.Version != 2 || root.Threshold != 3 || len(root.Keys) != 5 || root.Valid != 3 || pending != 2 {
		t.Errorf("the root of fleet: version %d, %d of %d, %d valid, %d pending", root.Version, root.Threshold, len(root.Keys), root.Valid, pending)
	}
	catalog := looked(t, "catalog").Repository
	for target, role := range map[string]model.RoleName{"tools/lint": "tools", "tools/old-lint": "archive", "lib/json": "libraries", "lib/zip/2.1": "libraries", "lib/zip/1.0": "", "readme": "archive"} {
		if got := (tuf.Dialect{}).Resolve(catalog, target); got.Role != role {
			t.Errorf("%s is found in %q, want %q: %s", target, got.Role, role, got.Reason)
		}
	}
}
