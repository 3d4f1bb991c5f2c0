package directory_test

import (
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"trustdeck/model"
	"trustdeck/model/port"
	"trustdeck/remote/directory"
)

// mirror starts a server without TLS, and reads metadata and targets of it.
func mirror(t *testing.T, files map[string]string) (*web, *directory.Mirror) {
	t.Helper()
	w := &web{files: files, missing: 404}
	w.Server = httptest.NewServer(w)
	t.Cleanup(w.Close)
	m, err := directory.NewMirror(directory.SiteConfig{URL: w.URL + "/metadata/"}, directory.SiteConfig{URL: w.URL + "/a%2Fb/targets"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(m.Close)
	return w, m
}

// One request is made for one file, and none under another name.
func TestMirrorMetadata(t *testing.T) {
	t.Parallel()
	w, m := mirror(t, map[string]string{"/metadata/1.a%2Fb.json": "one", "/metadata/timestamp.json": "now"})
	for _, c := range []struct {
		role    model.RoleName
		version int64
		want    string
		kind    model.FaultKind
		asked   string
	}{
		{"a/b", 1, "one", "", "/metadata/1.a%2Fb.json"},
		{"timestamp", 0, "now", "", "/metadata/timestamp.json"},
		{"timestamp", 2, "", model.FaultNotFound, "/metadata/2.timestamp.json"},
		{"../up", 1, "", model.FaultNotFound, "/metadata/1...%2Fup.json"},
	} {
		raw, err := m.Metadata(t.Context(), port.Ref{Role: c.role, Version: c.version, Limit: 10})
		if string(raw) != c.want || model.KindOf(err) != c.kind {
			t.Errorf("%s: %q, %v", c.role, raw, err)
		}
		if asked := w.requests(); !slices.Equal(asked, []string{c.asked}) {
			t.Errorf("asked for %q, want %q", asked, c.asked)
		}
	}
	if _, err := m.Metadata(t.Context(), port.Ref{Role: "timestamp", Limit: 2}); model.KindOf(err) != model.FaultBadData {
		t.Error(err)
	}
}

func TestMirrorTargets(t *testing.T) {
	t.Parallel()
	w, m := mirror(t, map[string]string{"/a%2Fb/targets/dir/00ff.app": "content", "/a%2Fb/targets//x%20%25": "odd", "/a%2Fb/targets/empty": ""})
	for _, c := range []struct{ path, hash, want, asked string }{
		{"dir/app", "00ff", "content", "/a%2Fb/targets/dir/00ff.app"},
		{"/x %", "", "odd", "/a%2Fb/targets//x%20%25"},
		{"empty", "", "", "/a%2Fb/targets/empty"},
	} {
		content, err := m.Target(t.Context(), c.path, c.hash, int64(len(c.want)))
		if string(content) != c.want || err != nil {
			t.Errorf("%s: %q, %v", c.path, content, err)
		}
		if asked := w.requests(); !slices.Equal(asked, []string{c.asked}) {
			t.Errorf("asked for %q, want %q", asked, c.asked)
		}
	}
	for path, says := range map[string]string{"missing": "404", "../up": "leaves the targets folder", "a/./b": "leaves the targets folder"} {
		if _, err := m.Target(t.Context(), path, "", 10); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", path, err)
		}
	}
	if _, err := m.Target(t.Context(), "dir/app", "00ff", 3); model.KindOf(err) != model.FaultBadData {
		t.Error(err)
	}
	alone, err := directory.NewMirror(directory.SiteConfig{URL: w.URL}, directory.SiteConfig{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(alone.Close)
	if _, err := alone.Target(t.Context(), "app", "", 10); model.KindOf(err) != model.FaultUsage {
		t.Error(err)
	}
}
