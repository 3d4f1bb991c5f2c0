package practice_test

import (
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"trustdeck/keystore/trustdir"
	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/dialect"
	"trustdeck/model/health"
	"trustdeck/model/history"
	"trustdeck/model/lesson"
	"trustdeck/model/notary/docker"
	"trustdeck/model/port"
	"trustdeck/remote/notaryserver"
	"trustdeck/remote/sandbox"
	"trustdeck/remote/sandbox/practice"
)

const host = "registry.example.org/"

// A classroom is the world as an administrator sees it: behind a server, with a
// trust folder.
type classroom struct {
	service *admin.Service
	url     string
	https   *tls.Config
}

func open(t *testing.T) *classroom {
	t.Helper()
	clock := func() time.Time { return now }
	world, err := sandbox.Start(sandbox.Config{Clock: clock})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := world.Close(); err != nil {
			t.Error(err)
		}
	})
	scenario := practice.Build(now)
	if err := scenario.Fill(world.Admin()); err != nil {
		t.Fatal(err)
	}
	https := &tls.Config{RootCAs: x509.NewCertPool()}
	https.RootCAs.AppendCertsFromPEM(world.CA())
	client, err := notaryserver.New(notaryserver.Config{
		URL: world.URL(), TLS: func(string) (*tls.Config, error) { return https, nil }, Now: clock,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return &classroom{
		service: &admin.Service{
			DialectOf: dialect.Only(docker.Dialect{}),
			Remote:    client, Trust: trustdir.Open(trustFolder(t, scenario)), Clock: clock,
			Health: health.DefaultOptions(), Named: scenario.Named,
		},
		url: world.URL(), https: https,
	}
}

func trustFolder(t *testing.T, scenario *practice.Scenario) string {
	t.Helper()
	dir := t.TempDir()
	for path, raw := range scenario.Files {
		path = filepath.Join(dir, filepath.FromSlash(path))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, raw, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// served are the lessons about repositories of the server.
func served(t *testing.T) (out []lesson.Lesson) {
	t.Helper()
	for _, l := range lessons(t) {
		if strings.HasPrefix(string(l.GUN), host) {
			out = append(out, l)
		}
	}
	return out
}

// open looks at a repository that must be there.
func (c *classroom) open(t *testing.T, path string) *model.Repository {
	t.Helper()
	v := c.service.Open(t.Context(), model.GUN(host+path))
	if v.Repository == nil {
		t.Fatal(v.Fault)
	}
	return v.Repository
}

// Every repository shows what its lesson is about, and nothing else that an
// administrator would have to look into.
func TestEachLessonShowsItsPoint(t *testing.T) {
	c := open(t)
	shows := map[string]struct {
		level health.Level
		// findings are code and role, worst first.
		findings []string
		// first is the role that expires first.
		first model.RoleName
	}{
		"base/alpine":     {health.OK, nil, "targets"},
		"web/frontend":    {health.Soon, []string{"expires-soon targets/ci-bot"}, "targets/ci-bot"},
		"pay/api":         {health.Broken, []string{"expired targets"}, "targets"},
		"pay/ledger":      {health.Broken, []string{"threshold-not-met targets/releases", "foreign-signature targets/releases"}, "targets/releases"},
		"web/gateway":     {health.Soon, []string{"signer-not-released targets/carol"}, "targets/bob"},
		"web/landing":     {health.Soon, []string{"releases-key-without-signer targets/releases"}, "targets/alice"},
		"ops/vault":       {health.OK, nil, "targets"},
		"ops/ceremony":    {health.OK, nil, "targets"},
		"data/platform":   {health.Soon, []string{"outside-paths targets/etl", "outside-paths targets/etl/nightly"}, "targets"},
		"tools/lint":      {health.OK, nil, "targets"},
		"data/scratch":    {health.None, nil, ""},
		"base/everything": {health.OK, nil, "targets"},
		"ops/backup":      {health.OK, nil, "targets"},
		"tools/sbom":      {health.OK, nil, "targets"},
		"data/kafka":      {health.None, nil, ""},
	}
	for _, l := range served(t) {
		path := strings.TrimPrefix(string(l.GUN), host)
		want, ok := shows[path]
		if !ok {
			t.Errorf("nobody says what %s shows", path)
			continue
		}
		delete(shows, path)
		v := c.service.Open(t.Context(), l.GUN)
		var findings []string
		for _, f := range v.Assessment.Findings {
			findings = append(findings, f.Code+" "+string(f.Role))
		}
		if v.Assessment.Level != want.level || !slices.Equal(findings, want.findings) || v.Assessment.First != want.first {
			t.Errorf("%s is %v with %q, first to expire %q; want %v with %q, %q",
				path, v.Assessment.Level, findings, v.Assessment.First, want.level, want.findings, want.first)
		}
		if there := v.Repository != nil; there != (want.level != health.None) {
			t.Errorf("%s: there %v, %v", path, there, v.Fault)
		}
	}
	for path := range shows {
		t.Errorf("there is no lesson about %s", path)
	}
}

// The list has every repository, those without trust data too.
func TestEveryLessonIsListed(t *testing.T) {
	listed, err := open(t).service.List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range served(t) {
		if !slices.ContainsFunc(listed, func(have port.Listed) bool { return have.GUN == l.GUN }) {
			t.Errorf("%s is not listed", l.GUN)
		}
	}
	if len(listed) != len(served(t)) {
		t.Errorf("%d repositories for %d lessons", len(listed), len(served(t)))
	}
}

// What a lesson is about beyond its level.
func TestWhatLessonsAreAbout(t *testing.T) {
	c := open(t)
	for path, look := range map[string]func(*testing.T, *model.Repository){
		"base/alpine": func(t *testing.T, r *model.Repository) {
			for _, tag := range docker.Tags(r) {
				if !tag.Pulled || len(tag.Roles) != 2 {
					t.Errorf("tag %s is in %v", tag.Name, tag.Roles)
				}
			}
		},
		"pay/ledger": func(t *testing.T, r *model.Repository) {
			if res := docker.Resolve(r, "1.4"); res.OK {
				t.Error("1.4 resolves")
			}
		},
		"web/gateway": func(t *testing.T, r *model.Repository) {
			if res := docker.Resolve(r, "1.3"); res.OK {
				t.Error("1.3 resolves")
			}
		},
		"ops/vault": func(t *testing.T, r *model.Repository) {
			if !slices.Equal(r.Anchor.Walked, []int64{1, 2, 3, 4, 5, 6}) || r.Anchor.Kind != model.AnchorTrustDir {
				t.Errorf("walked %v from %v", r.Anchor.Walked, r.Anchor.Kind)
			}
		},
		"ops/ceremony": func(t *testing.T, r *model.Repository) {
			if root := r.Role(model.RoleRoot); root.Threshold != 2 || len(root.Keys) != 3 || root.Valid != 2 {
				t.Errorf("root: %d of %d, %d valid", root.Threshold, len(root.Keys), root.Valid)
			}
		},
		"data/platform": func(t *testing.T, r *model.Repository) {
			if nightly := r.Role("targets/etl/nightly"); !slices.Equal(nightly.Effective, []string{"etl-nightly-"}) {
				t.Errorf("paths %v", nightly.Effective)
			}
		},
		"base/everything": func(t *testing.T, r *model.Repository) {
			if n := len(docker.Tags(r)); n != 5001 {
				t.Errorf("%d tags", n)
			}
		},
		"ops/backup": func(t *testing.T, r *model.Repository) {
			if key, _ := r.Key(r.Role(model.RoleSnapshot).Keys[0]); key.Algorithm != "ECDSA P-256" {
				t.Errorf("the snapshot key is %s, as a server has it", key.Algorithm)
			}
		},
	} {
		t.Run(path, func(t *testing.T) { look(t, c.open(t, path)) })
	}
}

// Whoever trusts any of the roots of the rotated repository finds them all.
func TestRotatedHistory(t *testing.T) {
	line, err := open(t).service.History(t.Context(), host+"ops/vault", history.Window{})
	if err != nil {
		t.Fatal(err)
	}
	var roots []int64
	for _, p := range line.Publishes {
		if !p.Verified || p.Worst() > model.Notice {
			t.Errorf("%s: %+v %+v", p.Name(), p.Problems, p.Revisions)
		}
		for _, r := range p.Revisions {
			if r.Role == model.RoleRoot {
				roots = append(roots, r.Version)
			}
		}
	}
	if !slices.Equal(roots, []int64{6, 5, 4, 3, 2, 1}) {
		t.Errorf("root versions %v", roots)
	}
}

// What waits in the trust folder is what the lessons say.
func TestStagedLessons(t *testing.T) {
	c := open(t)
	var views []admin.Look
	for _, l := range served(t) {
		views = append(views, c.service.Open(t.Context(), l.GUN))
	}
	staged, err := c.service.Staged(t.Context(), views)
	if err != nil || len(staged) != 2 {
		t.Fatalf("%d repositories, %v", len(staged), err)
	}
	for _, s := range staged {
		switch s.GUN {
		case host + "data/kafka":
			if !s.Unpublished || len(s.Changes) != 0 {
				t.Errorf("%+v", s)
			}
		case host + "tools/sbom":
			if s.Unpublished || len(s.Changes) != 2 || len(s.Ahead) != 0 || s.Changes[0].Unread || s.Changes[1].Unread {
				t.Errorf("%+v", s)
			}
		default:
			t.Errorf("%s has something staged", s.GUN)
		}
	}
}

// The registry serves what was signed, but for the one image of the lesson.
func TestImages(t *testing.T) {
	c := open(t)
	https := &http.Client{Transport: &http.Transport{TLSClientConfig: c.https}}
	defer https.CloseIdleConnections()
	var other []string
	for _, l := range served(t) {
		v := c.service.Open(t.Context(), l.GUN)
		path := strings.TrimPrefix(string(l.GUN), host)
		if v.Repository == nil {
			continue
		}
		for _, tag := range docker.Tags(v.Repository) {
			if strings.HasPrefix(tag.Name, "build-0") && tag.Name != "build-05001" {
				continue // these have no images
			}
			answer, err := https.Get(c.url + "/v2/" + path + "/manifests/" + tag.Name)
			if err != nil {
				t.Fatal(err)
			}
			raw, err := io.ReadAll(answer.Body)
			if err != nil || answer.Body.Close() != nil || answer.StatusCode != http.StatusOK {
				t.Errorf("%s:%s: %s, %v", path, tag.Name, answer.Status, err)
			}
			sum := sha256.Sum256(raw)
			if !slices.Equal(sum[:], tag.Hashes.SHA256) {
				other = append(other, path+":"+tag.Name)
			}
		}
	}
	if !slices.Equal(other, []string{"tools/lint:2.0"}) {
		t.Errorf("images that differ from what was signed: %q", other)
	}
	signed := docker.Resolve(c.open(t, "tools/lint"), "2.0").Target.Hashes.SHA256
	answer, err := https.Get(c.url + "/v2/tools/lint/manifests/sha256:" + hex.EncodeToString(signed))
	if err != nil {
		t.Fatal(err)
	}
	if err := answer.Body.Close(); err != nil || answer.StatusCode != http.StatusOK {
		t.Errorf("the image that was signed is gone: %s, %v", answer.Status, err)
	}
}
