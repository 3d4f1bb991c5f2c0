package archive_test

import (
	"crypto/sha256"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/dialect"
	"trustdeck/model/health"
	"trustdeck/model/notary/docker"
	"trustdeck/remote/archive"
)

// sample is an archive of repositories that real Notary and Docker clients have
// made, each of which shows something. e2e/archive makes it anew.
const sample = "testdata/sample"

// openSample opens the sample at its own date.
func openSample(t *testing.T) *admin.Service {
	t.Helper()
	r, err := archive.Open(sample)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	})
	return &admin.Service{DialectOf: dialect.Only(docker.Dialect{}), Remote: r, Clock: r.Date, Health: health.DefaultOptions()}
}

// TestSampleShows says what each repository of the sample is there for.
func TestSampleShows(t *testing.T) {
	service := openSample(t)
	shows := map[model.GUN]struct {
		level  health.Level
		reason string
		look   func(*testing.T, *model.Repository)
	}{
		"docker.io/acme/web": {health.OK, "", func(t *testing.T, r *model.Repository) {
			signers := r.Signers
			if len(signers) != 3 {
				t.Errorf("signers %v", signers)
			}
			for _, tag := range docker.Tags(r) {
				if !tag.Pulled || len(tag.Roles) != 4 {
					t.Errorf("tag %s is stated by %v", tag.Name, tag.Roles)
				}
			}
		}},
		"docker.io/acme/base": {health.OK, "", func(t *testing.T, r *model.Repository) {
			if !slices.Equal(r.Anchor.Walked, []int64{1, 2, 3, 4, 5, 6}) || r.Anchor.Kind != model.AnchorArchive {
				t.Errorf("anchor %+v", r.Anchor)
			}
		}},
		"docker.io/acme/catalog": {health.OK, "", func(t *testing.T, r *model.Repository) {
			if n := len(docker.Tags(r)); n != 60 {
				t.Errorf("%d tags", n)
			}
		}},
		"docker.io/acme/legacy": {health.OK, "", func(t *testing.T, r *model.Repository) {
			snapshot := r.Role("snapshot")
			if key, _ := r.Key(snapshot.Keys[0]); key.Algorithm != "ECDSA P-256" || len(r.Roles) != 4 {
				t.Errorf("snapshot key %+v, %d roles", key, len(r.Roles))
			}
		}},
		"docker.io/acme/api": {health.Soon, "signer dave has no key in targets/releases", func(t *testing.T, r *model.Repository) {
			for _, s := range r.Signers {
				if released := len(s.Shared) > 0; released != (s.Name == "alice") {
					t.Errorf("signer %s, released: %v", s.Name, released)
				}
			}
		}},
		"docker.io/acme/worker": {health.Broken, "targets/releases has 0 valid signatures", func(t *testing.T, r *model.Repository) {
			if res := docker.Resolve(r, "3.1"); res.OK {
				t.Errorf("3.1 resolves: %s", res.Reason)
			}
		}},
		"registry.example.org/platform/tools": {health.OK, "", func(t *testing.T, r *model.Repository) {
			ci := r.Role("targets/platform/ci")
			if ci == nil || ci.State != model.RoleVerified || !slices.Equal(ci.Effective, []string{"ci-"}) {
				t.Errorf("targets/platform/ci is %+v", ci)
			}
			platform := r.Role("targets/platform")
			if key, _ := r.Key(platform.Keys[0]); key.Algorithm != "RSA 2048" || len(key.Certificates) != 1 {
				t.Errorf("key of targets/platform: %+v", key)
			}
		}},
		"registry.example.org/pay/ledger": {health.Broken, "targets expired at", func(t *testing.T, r *model.Repository) {
			if role := r.Role("targets"); !role.Expired || role.State != model.RoleVerified {
				t.Errorf("targets is %v, expired: %v", role.State, role.Expired)
			}
		}},
		"registry.example.org/edge/gateway": {health.Soon, "targets/releases expires at", func(t *testing.T, r *model.Repository) {
			if role := r.Role(docker.Releases); role.Threshold != 2 || role.Valid != 2 || len(role.Keys) != 3 {
				t.Errorf("releases: %d of %d, %d keys", role.Valid, role.Threshold, len(role.Keys))
			}
		}},
		"localhost:5000/dev/playground": {health.OK, "", func(t *testing.T, r *model.Repository) {
			if r.Role("targets/ivan") != nil {
				t.Error("targets/ivan is still there")
			}
		}},
	}
	listed, err := service.List(t.Context())
	if err != nil || len(listed) != len(shows) {
		t.Errorf("%d repositories, want %d: %v", len(listed), len(shows), err)
	}
	for gun, want := range shows {
		t.Run(string(gun), func(t *testing.T) {
			view := service.Open(t.Context(), gun)
			if view.Repository == nil {
				t.Fatal(view.Fault)
			}
			if view.Assessment.Level != want.level || !strings.HasPrefix(view.Assessment.Reason, want.reason) {
				t.Errorf("%v: %q, want %v: %q", view.Assessment.Level, view.Assessment.Reason, want.level, want.reason)
			}
			want.look(t, view.Repository)
		})
	}
}

// TestSampleIsWhole compares every file with the list of digests, and finds
// nothing else but public files.
func TestSampleIsWhole(t *testing.T) {
	folder := os.DirFS(sample)
	sums, err := fs.ReadFile(folder, "SHA256SUMS")
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]string{}
	for line := range strings.Lines(string(sums)) {
		sum, name, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "  ")
		known[name] = sum
	}
	size, found := 0, 0
	err = fs.WalkDir(folder, ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		data, err := fs.ReadFile(folder, name)
		size += len(data)
		switch want, ok := known[name]; {
		case ok:
			found++
			if fmt.Sprintf("%x", sha256.Sum256(data)) != want {
				t.Errorf("%s was changed after planning", name)
			}
		case name != "SHA256SUMS" && name != "manifest.json" && name != "README.txt":
			t.Errorf("%s does not belong there", name)
		}
		if strings.Contains(string(data), "PRIVATE KEY") {
			t.Errorf("%s holds a private key", name)
		}
		return err
	})
	if err != nil || found != len(known) || size > 300<<10 {
		t.Errorf("%d files of %d, %d bytes, %v", found, len(known), size, err)
	}
}
