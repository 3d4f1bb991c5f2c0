package mischief

import (
	"bytes"
	"crypto/tls"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"trustdeck/e2e/peer"
	"trustdeck/model"
	"trustdeck/model/tuf/tuftest"
)

// newTUF is the TUF 1.0 repository that is published before anything is tampered with: two
// delegations, one of them delegating further, and two versions of everything but the root.
func newTUF() *tuftest.Repository {
	r := tuftest.New()
	clear(r.Wire)
	for _, signed := range r.Signed {
		signed["version"], signed["expires"] = 0, later(900)
	}
	delegate := func(from, to model.RoleName, pattern string) {
		r.Delegate(from, to, tuftest.By(tuftest.Ed25519()), tuftest.Object{"paths": []string{pattern}})
		r.Signed[to]["expires"] = later(900)
	}
	delegate("targets", "alice", "alice/*")
	delegate("targets", "bob", "bob/*")
	delegate("alice", "ci", "alice/*")
	r.AddTarget("alice", "alice/app", "one")
	r.AddTarget("bob", "bob/app", "b")
	r.AddTarget("ci", "alice/nightly", "ci")
	r.Publish("root", "targets", "alice", "bob", "ci")
	r.Wire[oldTimestamp] = r.Wire["timestamp.json"]
	r.Publish("targets", "alice", "bob", "ci")
	return r
}

// oldTimestamp is where newTUF keeps the first timestamp. Nobody asks for it by that name.
const oldTimestamp = "1.timestamp.json"

// later is an expiry so many days from now.
func later(days int) string { return time.Now().UTC().AddDate(0, 0, days).Format(time.RFC3339) }

// A stage is a place of a TUF 1.0 repository, whose files can be replaced: a folder, or a web
// server whose answers can be taken over, too.
type stage struct {
	// location is how the program is told of it, with the arguments that this takes.
	location string
	args     []string
	folder   string

	mu      sync.Mutex
	files   map[string][]byte
	special map[string]http.HandlerFunc
}

func newFolder(t *testing.T) *stage {
	s := &stage{folder: t.TempDir()}
	s.location = s.folder
	return s
}

func newSite(t *testing.T) *stage {
	t.Helper()
	s := &stage{}
	server := httptest.NewUnstartedServer(s)
	cert, err := peer.Authority(t).Issue("localhost")
	if err != nil {
		t.Fatal(err)
	}
	server.TLS = &tls.Config{Certificates: []tls.Certificate{cert.Certificate}, MinVersion: tls.VersionTLS12}
	server.StartTLS()
	t.Cleanup(func() {
		server.CloseClientConnections()
		server.Close()
	})
	s.location = server.URL + "/metadata"
	s.args = []string{"--tlscacert", peer.Authority(t).CAFile(), "--timeout", timeout}
	return s
}

func (s *stage) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	name, err := url.PathUnescape(strings.TrimPrefix(req.URL.EscapedPath(), "/metadata/"))
	s.mu.Lock()
	raw, ok := s.files[name]
	var special http.HandlerFunc
	for _, of := range []string{name, roleOf(name), "*"} {
		if special == nil {
			special = s.special[of]
		}
	}
	s.mu.Unlock()
	switch {
	case special != nil:
		special(w, req)
	case !ok || err != nil:
		http.NotFound(w, req)
	default:
		_, _ = w.Write(raw)
	}
}

// roleOf is the role that the name of a file is of: of 2.root.json and of root.json it is root.
func roleOf(name string) string {
	role := strings.TrimSuffix(name, ".json")
	if version, rest, ok := strings.Cut(role, "."); ok && strings.Trim(version, "0123456789") == "" {
		return rest
	}
	return role
}

// hold publishes what a repository has published.
func (s *stage) hold(r *tuftest.Repository) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.files, s.special = map[string][]byte{}, map[string]http.HandlerFunc{}
	for name, raw := range r.Wire {
		s.files[name] = raw
	}
}

// set puts a file there; nil removes it.
func (s *stage) set(name string, raw []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.files[name] = raw; raw == nil {
		delete(s.files, name)
	}
}

func (s *stage) get(name string) []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	return bytes.Clone(s.files[name])
}

// change replaces the current files of a role, under both their names, by what alter makes of
// them. version is in the name of one.
func (s *stage) change(r *tuftest.Repository, role model.RoleName, alter func([]byte) []byte) {
	for _, name := range current(r, role) {
		if raw := s.get(name); raw != nil {
			s.set(name, alter(raw))
		}
	}
}

// current are the names that the current file of a role has.
func current(r *tuftest.Repository, role model.RoleName) []string {
	return []string{numbered(role, tuftest.Version(r.Signed[role])), string(role) + ".json"}
}

// drop removes the current files of a role.
func (s *stage) drop(r *tuftest.Repository, role model.RoleName) {
	for _, name := range current(r, role) {
		s.set(name, nil)
	}
}

// answer takes over the requests for a role, or for the file of a name; "*" those for all.
func (s *stage) answer(role string, h http.HandlerFunc) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.special[role] = h
}

// play lets the program see what is there.
func (s *stage) play(t *testing.T) {
	t.Helper()
	if s.folder == "" {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	old, err := filepath.Glob(filepath.Join(s.folder, "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range old {
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
	for name, raw := range s.files {
		if err := os.WriteFile(filepath.Join(s.folder, name), raw, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}
