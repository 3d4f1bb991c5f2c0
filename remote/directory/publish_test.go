package directory_test

import (
	"io/fs"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/theupdateframework/go-tuf/v2/metadata/config"
	"github.com/theupdateframework/go-tuf/v2/metadata/updater"

	"trustdeck/model"
	"trustdeck/model/tuf/tuftest"
	"trustdeck/remote/directory"
)

// current are the files of roles as they were published last.
func current(r *tuftest.Repository, roles ...model.RoleName) map[model.RoleName][]byte {
	out := map[model.RoleName][]byte{}
	for _, role := range roles {
		out[role] = r.Wire[string(role)+".json"]
	}
	return out
}

// everything are the current files of all roles.
func everything(r *tuftest.Repository) map[model.RoleName][]byte {
	return current(r, slices.Collect(maps.Keys(r.Signed))...)
}

// versions are those of the roles of a repository.
func versions(r *tuftest.Repository) map[model.RoleName]int64 {
	out := map[model.RoleName]int64{}
	for role, signed := range r.Signed {
		out[role] = int64(tuftest.Version(signed))
	}
	return out
}

// contents are all files below a folder.
func contents(t testing.TB, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		name, _ := filepath.Rel(dir, path)
		raw, err := os.ReadFile(path)
		out[filepath.ToSlash(name)] = string(raw)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// changed changes root, targets and a delegation, and adds a delegation. Targets gets another
// key, and keeps the one that it has.
func changed(r *tuftest.Repository) {
	r.SetRole(model.RoleTargets, tuftest.Quorum{Threshold: 1, Keys: append(slices.Clone(r.Signers[model.RoleTargets]), tuftest.P256())})
	r.Delegate(model.RoleTargets, "a@b", tuftest.By(tuftest.P256()), tuftest.Object{"paths": []any{"new/*"}})
	r.AddTarget("a/b", "app2", "more")
	r.Publish(model.RoleRoot, model.RoleTargets, "a/b", "a@b")
}

// publication is a folder in a layout.
type publication struct {
	layout string
	// prepare changes the folder.
	prepare func(t *testing.T, dir string)
	names   []string
}

// publishing are the layouts, each with a folder in it and the names that a publish of
// everything, as changed makes it, must write there, in order.
var publishing = map[string]publication{
	"consistent": {
		layout: "consistent",
		names:  []string{"2.a%2Fb.json", "1.a@b.json", "4.targets.json", "4.snapshot.json", "4.root.json", "timestamp.json"},
	},
	"not consistent": {
		layout:  "not consistent",
		prepare: func(t *testing.T, dir string) { rename(t, dir, "root.json", "") },
		names:   []string{"a%2Fb.json", "a@b.json", "targets.json", "snapshot.json", "4.root.json", "timestamp.json"},
	},
	"not consistent, with root.json": {
		layout: "not consistent",
		names:  []string{"a%2Fb.json", "a@b.json", "targets.json", "snapshot.json", "4.root.json", "root.json", "timestamp.json"},
	},
	"consistent in metadata, with names without versions beside": {
		layout: "in metadata",
		names: []string{
			"metadata/2.a%2Fb.json", "metadata/a%2Fb.json", "metadata/1.a@b.json", "metadata/4.targets.json", "metadata/targets.json",
			"metadata/4.snapshot.json", "metadata/snapshot.json", "metadata/4.root.json", "metadata/root.json", "metadata/timestamp.json",
		},
	},
	"of tuf-on-ci": {
		layout: "of tuf-on-ci",
		names: []string{
			"metadata/a%2Fb.json", "metadata/a@b.json", "metadata/targets.json", "metadata/snapshot.json",
			"metadata/root_history/4.root.json", "metadata/root.json", "metadata/timestamp.json",
		},
	},
	"of tuf-on-ci, with the history beside": {
		layout:  "of tuf-on-ci",
		prepare: func(t *testing.T, dir string) { rename(t, dir, "metadata/root_history", "root_history") },
		names: []string{
			"metadata/a%2Fb.json", "metadata/a@b.json", "metadata/targets.json", "metadata/snapshot.json",
			"metadata/4.root.json", "metadata/root.json", "metadata/timestamp.json",
		},
	},
	"spelled as by go-tuf": {
		layout: "consistent",
		prepare: func(t *testing.T, dir string) {
			if err := os.WriteFile(filepath.Join(dir, "1.a@b.json"), []byte(meta("targets", 1)), 0o600); err != nil {
				t.Fatal(err)
			}
		},
		names: []string{"2.a%2Fb.json", "2.a@b.json", "4.targets.json", "5.snapshot.json", "4.root.json", "timestamp.json"},
	},
}

// sampled are the layouts in which a run is cut off: in a short run one with versions in the
// names and one without.
func sampled() map[string]publication {
	if !testing.Short() {
		return publishing
	}
	return map[string]publication{"consistent": publishing["consistent"], "not consistent": publishing["not consistent"]}
}

// rename renames a file or folder; empty removes it.
func rename(t *testing.T, dir, from, to string) {
	t.Helper()
	err := os.Remove(filepath.Join(dir, from))
	if to != "" {
		err = os.Rename(filepath.Join(dir, from), filepath.Join(dir, to))
	}
	if err != nil {
		t.Fatal(err)
	}
}

// begin makes a repository in a layout, and what is to be published there.
func begin(t *testing.T, name string) (dir string, before map[model.RoleName]int64, r *tuftest.Repository) {
	t.Helper()
	c := publishing[name]
	r = grown(layouts[c.layout].consistent)
	dir, before = lay(t, r, layouts[c.layout].name), versions(r)
	if c.prepare != nil {
		c.prepare(t, dir)
	}
	changed(r)
	if name == "spelled as by go-tuf" { // its first version is there
		r.Publish("a@b")
	}
	return dir, before, r
}

// written publishes files, and lists the names of those that change, in the order in which they do.
func written(t *testing.T, dir string, files map[model.RoleName][]byte) []string {
	t.Helper()
	var order []string
	before := contents(t, dir)
	folder := directory.NewFolder(dir, gun).Between(func(string, *os.File) error {
		for at, text := range contents(t, dir) {
			if before[at] != text && !slices.Contains(order, at) && !strings.Contains(at, ".trustdeck-") {
				order = append(order, at)
			}
		}
		return nil
	})
	if err := folder.Publish(t.Context(), gun, files); err != nil {
		t.Fatal(err)
	}
	return order
}

// A publish writes the names that the layout has for each file, in the order in which a
// reader needs them. Everything else stays, and nothing is left behind.
func TestPublish(t *testing.T) {
	t.Parallel()
	for name, c := range publishing {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir, _, r := begin(t, name)
			before := contents(t, dir)
			order := written(t, dir, everything(r))
			if !slices.Equal(order, c.names) {
				t.Errorf("written were\n%q, want\n%q", order, c.names)
			}
			want := maps.Clone(before)
			for _, at := range c.names {
				role := roleOf(at)
				want[at] = string(r.Wire[role+".json"])
			}
			if got := contents(t, dir); !maps.Equal(got, want) {
				t.Errorf("the folder holds %q, want %q", slices.Sorted(maps.Keys(got)), slices.Sorted(maps.Keys(want)))
			}
			if got := verified(t, directory.NewFolder(dir, gun)); !maps.Equal(got, versions(r)) {
				t.Errorf("read back: %v, want %v", got, versions(r))
			}
			if err := directory.NewFolder(dir, gun).Publish(t.Context(), gun, everything(r)); err != nil {
				t.Errorf("the same publish again: %v", err)
			}
		})
	}
}

// roleOf is the role of a file by its name.
func roleOf(name string) string {
	base := strings.TrimSuffix(filepath.Base(name), ".json")
	if number := numbered.FindString(base); number != "" {
		base = strings.TrimPrefix(base, number)
	}
	return strings.NewReplacer("%2F", "/", "%40", "@").Replace(base)
}

// A repository begins in the folder itself, or in a folder metadata that is there; the
// folder is made.
func TestPublishFirst(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		dir        string
		consistent bool
		want       []string
	}{
		"an empty folder":          {put(t), true, []string{"1.root.json", "1.snapshot.json", "1.targets.json", "timestamp.json"}},
		"no folder":                {filepath.Join(put(t), "a", "b"), true, []string{"1.root.json", "1.snapshot.json", "1.targets.json", "timestamp.json"}},
		"without versions":         {put(t), false, []string{"1.root.json", "snapshot.json", "targets.json", "timestamp.json"}},
		"beside metadata":          {put(t, "metadata/.gitkeep=", "targets/app=1", ".git/config=x"), true, []string{".git/config", "metadata/.gitkeep", "metadata/1.root.json", "metadata/1.snapshot.json", "metadata/1.targets.json", "metadata/timestamp.json", "targets/app"}},
		"a history without a root": {put(t, "metadata/root_history/README=x"), true, []string{"metadata/root.json", "metadata/root_history/1.root.json", "metadata/root_history/README", "metadata/snapshot.json", "metadata/targets.json", "metadata/timestamp.json"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := tuftest.New()
			if !c.consistent {
				r = tuftest.New()
				r.Signed[model.RoleRoot]["consistent_snapshot"] = false
				for _, signed := range r.Signed {
					signed["version"] = 0
				}
				r.Publish(model.RoleRoot, model.RoleTargets)
			}
			folder := directory.NewFolder(c.dir, gun)
			if err := folder.Publish(t.Context(), gun, everything(r)); err != nil {
				t.Fatal(err)
			}
			if got := slices.Sorted(maps.Keys(contents(t, c.dir))); !slices.Equal(got, c.want) {
				t.Errorf("the folder holds %q, want %q", got, c.want)
			}
			if got := verified(t, folder); !maps.Equal(got, versions(r)) {
				t.Errorf("read back: %v", got)
			}
			info, err := os.Stat(filepath.Join(c.dir, c.want[len(c.want)-1]))
			if err != nil || info.Mode().Perm()&0o044 != 0o044 {
				t.Errorf("a web server can't read it: %v, %v", info.Mode(), err)
			}
		})
	}
}

// What a robot signs may be left out.
func TestPublishWithoutOnlineRoles(t *testing.T) {
	t.Parallel()
	dir, _, r := begin(t, "of tuf-on-ci")
	before := contents(t, dir)
	if err := directory.NewFolder(dir, gun).Publish(t.Context(), gun, current(r, "root", "targets", "a/b")); err != nil {
		t.Fatal(err)
	}
	want := maps.Clone(before)
	for _, at := range []string{"metadata/a%2Fb.json", "metadata/targets.json", "metadata/root_history/4.root.json", "metadata/root.json"} {
		want[at] = string(r.Wire[roleOf(at)+".json"])
	}
	if got := contents(t, dir); !maps.Equal(got, want) {
		t.Errorf("the folder holds %q", slices.Sorted(maps.Keys(got)))
	}
}

// A root that turns consistent snapshots on or off gives all files the names that readers
// then look for.
func TestPublishTurnsConsistentSnapshots(t *testing.T) {
	t.Parallel()
	for from, c := range map[string]struct {
		layout string
		roles  []model.RoleName
		names  []string
	}{
		"on, by the root alone":  {"not consistent", []model.RoleName{"root"}, []string{"1.a%2Fb.json", "2.snapshot.json", "2.targets.json", "3.root.json", "root.json"}},
		"off, by the root alone": {"consistent", []model.RoleName{"root"}, []string{"3.root.json", "a%2Fb.json", "snapshot.json", "targets.json"}},
		"on, with targets":       {"not consistent", []model.RoleName{"root", "targets", "snapshot", "timestamp"}, []string{"1.a%2Fb.json", "3.root.json", "3.snapshot.json", "3.targets.json", "root.json", "snapshot.json", "targets.json", "timestamp.json"}},
	} {
		t.Run(from, func(t *testing.T) {
			t.Parallel()
			consistent := layouts[c.layout].consistent
			r := tuftest.New()
			r.Signed[model.RoleRoot]["consistent_snapshot"] = consistent
			r.Delegate(model.RoleTargets, "a/b", tuftest.By(tuftest.P256()), tuftest.Object{"paths": []any{"*"}})
			r.Publish(model.RoleRoot, model.RoleTargets, "a/b")
			dir := lay(t, r, layouts[c.layout].name)
			before := contents(t, dir)
			r.Signed[model.RoleRoot]["consistent_snapshot"] = !consistent
			if len(c.roles) > 1 {
				r.Publish(model.RoleRoot, model.RoleTargets)
			} else {
				r.PublishOnly(model.RoleRoot)
			}
			folder := directory.NewFolder(dir, gun)
			if err := folder.Publish(t.Context(), gun, current(r, c.roles...)); err != nil {
				t.Fatal(err)
			}
			var names []string
			for at, text := range contents(t, dir) {
				if before[at] != text {
					names = append(names, at)
				}
			}
			slices.Sort(names)
			if !slices.Equal(names, c.names) {
				t.Errorf("written were %q, want %q", names, c.names)
			}
			if got := verified(t, folder); !maps.Equal(got, versions(r)) {
				t.Errorf("read back: %v", got)
			}
			goTUF(t, web1(t, dir), r.Wire["1.root.json"], "app", false)
		})
	}
}

// web1 serves the metadata of a folder as a web server does, under the names as they are.
func web1(t testing.TB, dir string) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		http.ServeFileFS(w, req, os.DirFS(dir), strings.TrimPrefix(req.URL.EscapedPath(), "/"))
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// goTUF reads a repository as a client that has a root, and looks for a target.
func goTUF(t testing.TB, url string, root []byte, target string, has bool) {
	t.Helper()
	cfg, err := config.New(url, root)
	if err != nil {
		t.Fatal(err)
	}
	cfg.DisableLocalCache = true
	u, err := updater.New(cfg)
	if err != nil {
		t.Error(err)
		return
	}
	u.UnsafeSetRefTime(tuftest.At)
	if err := u.Refresh(); err != nil {
		t.Errorf("go-tuf refuses it: %v", err)
		return
	}
	if _, err := u.GetTargetInfo(target); (err == nil) != has {
		t.Errorf("go-tuf looks for %s: %v", target, err)
	}
}
