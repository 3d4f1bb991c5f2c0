package directory_test

import (
	"errors"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"trustdeck/model"
	"trustdeck/model/dialect"
	"trustdeck/model/port"
	"trustdeck/model/tuf"
	"trustdeck/model/tuf/tuftest"
	"trustdeck/remote/directory"
)

// grown is a repository whose root was rotated, with a delegation whose name must be
// encoded.
func grown(consistent bool) *tuftest.Repository {
	r := tuftest.New()
	r.Signed[model.RoleRoot]["consistent_snapshot"] = consistent
	r.Delegate(model.RoleTargets, "a/b", tuftest.By(tuftest.P256()), tuftest.Object{"paths": []any{"*"}})
	r.AddTarget("a/b", "app", "content")
	r.Publish(model.RoleRoot, model.RoleTargets, "a/b")
	r.SetRole(model.RoleTargets, tuftest.By(tuftest.Ed25519()))
	r.Publish(model.RoleRoot, model.RoleTargets)
	return r
}

// lay writes the files of a repository under the names that a layout has for them; a name
// that is empty is left out.
func lay(t *testing.T, r *tuftest.Repository, name func(file string) string) string {
	t.Helper()
	dir := t.TempDir()
	for file, wire := range r.Wire {
		to := name(strings.ReplaceAll(file, "/", "%2F"))
		if to == "" {
			continue
		}
		at := filepath.Join(dir, to)
		if err := errors.Join(os.MkdirAll(filepath.Dir(at), 0o755), os.WriteFile(at, wire, 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

var numbered = regexp.MustCompile(`^[0-9]+\.`)

// layouts are the names that files have in each.
var layouts = map[string]struct {
	consistent bool
	// below is the folder of what is published.
	below string
	name  func(file string) string
}{
	"consistent": {true, "", func(file string) string {
		if numbered.MatchString(file) || file == "timestamp.json" {
			return file
		}
		return ""
	}},
	"not consistent": {false, "", func(file string) string {
		if !numbered.MatchString(file) || strings.HasSuffix(file, ".root.json") {
			return file
		}
		return ""
	}},
	"in metadata": {true, "metadata", func(file string) string { return "metadata/" + file }},
	"of tuf-on-ci": {true, "", func(file string) string {
		switch {
		case strings.HasSuffix(file, ".root.json"):
			return "metadata/root_history/" + file
		case numbered.MatchString(file):
			return ""
		default:
			return "metadata/" + file
		}
	}},
}

// verified drives a Load on a remote, and returns the versions of the roles that verify.
func verified(t *testing.T, from port.Remote) map[model.RoleName]int64 {
	t.Helper()
	load := tuf.NewLoad(dialect.Config{GUN: gun, At: tuftest.At, FirstUse: model.AnchorFirstUse})
	for wants := load.Wants(); len(wants) > 0; wants = load.Wants() {
		for _, w := range wants {
			file, err := from.Read(t.Context(), gun, port.Ref{Role: w.Role, Version: w.Version, SHA256: w.SHA256, Limit: w.Limit})
			load.Give(w, file.Bytes, file.Modified, model.FaultOf(err, w.Role))
		}
	}
	if fault := load.Fault(); fault != nil {
		t.Fatal(fault)
	}
	out := map[model.RoleName]int64{}
	for _, role := range load.Repository().Roles {
		if role.State == model.RoleVerified && !role.Modified.IsZero() {
			out[role.Name] = role.Version
		}
	}
	return out
}

// A repository verifies whatever its layout, in a folder and on the web.
func TestVerifies(t *testing.T) {
	for name, layout := range layouts {
		t.Run(name, func(t *testing.T) {
			r := grown(layout.consistent)
			want := map[model.RoleName]int64{}
			for role, signed := range r.Signed {
				want[role] = int64(tuftest.Version(signed))
			}
			dir := lay(t, r, layout.name)
			if got := verified(t, directory.NewFolder(dir, gun)); !maps.Equal(got, want) {
				t.Errorf("from the folder: %v, want %v", got, want)
			}
			if name == "of tuf-on-ci" {
				return // nobody publishes so
			}
			_, site := serve(t, http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
				// The files as they are called, without the decoding of a file server.
				name, _ := strings.CutPrefix(req.URL.EscapedPath(), "/metadata/")
				http.ServeFileFS(w, req, os.DirFS(filepath.Join(dir, layout.below)), name)
			}))
			if got := verified(t, site); !maps.Equal(got, want) {
				t.Errorf("from the web: %v, want %v", got, want)
			}
		})
	}
}

// The history of a folder are the versions that it keeps.
func TestVersionsAreHistory(t *testing.T) {
	r := grown(true)
	changes, err := directory.NewFolder(lay(t, r, layouts["of tuf-on-ci"].name), gun).Changes(t.Context(), gun)
	if err != nil {
		t.Fatal(err)
	}
	var roots []string
	for _, c := range changes {
		roots = append(roots, c.ID)
	}
	slices.Sort(roots)
	var want []string
	for n := range tuftest.Version(r.Signed[model.RoleRoot]) {
		want = append(want, strconv.Itoa(n+1)+".root.json")
	}
	if !slices.Equal(roots, want) {
		t.Errorf("got %q, want %q", roots, want)
	}
}
