package wiring

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"trustdeck/cmd/trustdeck/internal/settings"
	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/admin/change"
	"trustdeck/model/tuf/tuftest"
)

// publish writes the files of a repository into a folder.
func publish(t *testing.T, r *tuftest.Repository, dir string) {
	t.Helper()
	for name, raw := range r.Wire {
		if err := os.WriteFile(filepath.Join(dir, name), raw, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// placed is a session with names for a folder, and for a web server that serves it.
func placed(t *testing.T) (s *Session, r *tuftest.Repository, folder string, site *httptest.Server) {
	t.Helper()
	r, folder = tuftest.New(), t.TempDir()
	publish(t, r, folder)
	site = httptest.NewServer(http.FileServer(http.Dir(folder)))
	t.Cleanup(site.Close)
	home := t.TempDir()
	// Docker's trust folder has a repository of the same name.
	root := filepath.Join(home, "trust", "tuf", "folder", "metadata")
	if err := os.MkdirAll(root, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(root, "root.json"), []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := Open(settings.Settings{
		Server: "https://127.0.0.1:9", TrustDir: filepath.Join(home, "trust"), CacheDir: filepath.Join(home, "cache"),
		MemoryDir: filepath.Join(home, "memory"), JournalDir: filepath.Join(home, "journal"), At: tuftest.At,
		Repositories: map[string]string{"folder": folder, "site": site.URL},
	}, &admin.Log{}, "test")
	if err != nil {
		t.Fatal(err)
	}
	return s, r, folder, site
}

// problems are the codes of what is wrong with a repository.
func problems(v admin.Look) (out []string) {
	for _, p := range v.Repository.AllProblems() {
		if p.Severity == model.Failure {
			out = append(out, string(p.Code))
		}
	}
	return out
}

// One service looks at repositories of TUF 1.0 where they are, each with its own dialect,
// source and cache. The roots in Docker's folder are not for them, whatever their name.
func TestPlaces(t *testing.T) {
	t.Parallel()
	s, _, folder, site := placed(t)
	for gun, source := range map[model.GUN]model.Source{
		"folder": {Kind: model.SourceFolder, Name: folder},
		"site":   {Kind: model.SourceServer, Name: strings.TrimPrefix(site.URL, "http://")},
	} {
		v := s.Service.Open(t.Context(), gun)
		if v.Fault != nil || len(problems(v)) > 0 {
			t.Fatalf("%s: %v, problems %v", gun, v.Fault, problems(v))
		}
		if got := v.Repository; got.Dialect != model.TUF1 || got.Source.Kind != source.Kind || got.Source.Name != source.Name || s.DialectOf(gun).Name() != model.TUF1 {
			t.Errorf("%s: %s from %+v", gun, got.Dialect, got.Source)
		}
	}
	if got := s.DialectOf("docker.io/library/alpine").Name(); got != model.NotaryV1 {
		t.Errorf("an image is in %s", got)
	}
	listed, _ := s.Service.List(t.Context()) // the server is away
	var names []string
	for _, l := range listed {
		names = append(names, string(l.GUN))
	}
	if !slices.Contains(names, "folder") || !slices.Contains(names, "site") {
		t.Errorf("listed: %v", names)
	}
	site.Close()
	if v := s.Service.Open(t.Context(), "site"); v.Repository == nil || !v.Stale || v.Fault == nil {
		t.Errorf("a site that is away: %+v", v)
	}
}

// A name of the settings never falls to the server, also where its place cannot be opened.
func TestPlaceThatCannotBeOpened(t *testing.T) {
	t.Parallel()
	home := t.TempDir()
	s, err := Open(settings.Settings{
		Server: "https://127.0.0.1:9", TrustDir: home, MemoryDir: home, JournalDir: home,
		Repositories: map[string]string{"plain": "http://tuf.example.org"},
	}, &admin.Log{}, "test")
	if err != nil {
		t.Fatal(err)
	}
	v := s.Service.Open(t.Context(), "plain")
	if v.Fault == nil || v.Fault.Kind != model.FaultUsage || s.DialectOf("plain").Name() != model.TUF1 {
		t.Errorf("%s in %s", v.Fault, s.DialectOf("plain").Name())
	}
}

// What was verified is remembered, and by the place: a server's rollback is no finding
// about a folder that never had more.
func TestPlacesAreRemembered(t *testing.T) {
	t.Parallel()
	s, r, folder, _ := placed(t)
	s.Service.(*admin.Service).Memories = placedMemories{nil, s.Service.(*admin.Service).Memories.(readOnly).Memories.(placedMemories).places}
	before := map[string][]byte{}
	for name, raw := range r.Wire {
		before[name] = raw
	}
	r.Publish(model.RoleTargets)
	publish(t, r, folder)
	if v := s.Service.Open(t.Context(), "folder"); len(problems(v)) > 0 {
		t.Fatal(problems(v))
	}
	r.Wire = before
	publish(t, r, folder)
	if v := s.Service.Open(t.Context(), "folder"); !slices.Contains(problems(v), string(model.ProblemRollback)) {
		t.Errorf("the folder that went back: %v", problems(v))
	}
	if v := s.Service.Open(t.Context(), "site"); len(problems(v)) > 0 {
		t.Errorf("the server that never had more: %v", problems(v))
	}
}

// Nothing can be planned for what is on the web.
func TestPlacesOnTheWebAreOnlyRead(t *testing.T) {
	t.Parallel()
	s, _, _, _ := placed(t)
	_, err := s.Publishing().Prepare(context.WithoutCancel(t.Context()), []change.Request{{
		GUN: "site", Changes: []model.Change{model.Renew{Roles: []model.RoleName{model.RoleTargets}}},
	}})
	if model.KindOf(err) != model.FaultUsage || model.HintOf(err) == "" {
		t.Errorf("planning for it: %v", err)
	}
}

// Each repository is published where it is. What is on the web is not.
func TestPlacesArePublished(t *testing.T) {
	t.Parallel()
	s, r, folder, _ := placed(t)
	r.Publish(model.RoleTargets)
	files := map[model.RoleName][]byte{}
	for _, role := range []model.RoleName{model.RoleTargets, model.RoleSnapshot, model.RoleTimestamp} {
		files[role] = r.Wire[string(role)+".json"]
	}
	to := s.Publishing().Publisher
	for gun, kind := range map[model.GUN]model.FaultKind{
		"folder": "", model.GUN("file:" + folder): "", "site": model.FaultUsage, "docker.io/library/alpine": model.FaultUnreachable,
	} {
		err := to.Publish(t.Context(), gun, files)
		if model.KindOf(err) != kind || kind == model.FaultUsage && model.HintOf(err) == "" {
			t.Errorf("%s: %v", gun, err)
		}
	}
	if v := s.Service.Open(t.Context(), "folder"); v.Fault != nil || len(problems(v)) > 0 || v.Repository.Role(model.RoleTargets).Version != 2 {
		t.Errorf("read back: %v", v.Fault)
	}
	for gun, kind := range map[model.GUN]model.FaultKind{"folder": model.FaultUsage, "site": model.FaultUsage} {
		if _, err := to.ServerKey(t.Context(), gun, model.RoleTimestamp); model.KindOf(err) != kind {
			t.Errorf("%s: a key of a server: %v", gun, err)
		}
		if _, err := to.NewServerKey(t.Context(), gun, model.RoleTimestamp); model.KindOf(err) != kind {
			t.Errorf("%s: a new key of a server: %v", gun, err)
		}
	}
	if _, known, err := to.SignsSnapshot(t.Context(), "folder", nil); known || err != nil {
		t.Errorf("who signs the snapshot of a folder: %v, %v", known, err)
	}
	if err := to.Delete(t.Context(), "folder"); err != nil {
		t.Error(err)
	}
	if v := s.Service.Open(t.Context(), "folder"); v.Fault == nil || v.Fault.Kind != model.FaultNotFound {
		t.Errorf("deleted: %v", v.Fault)
	}
}
