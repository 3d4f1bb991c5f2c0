package mischief

import (
	"bytes"
	"crypto/tls"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"trustdeck/e2e/peer"
	"trustdeck/model"
	"trustdeck/model/notary/docker"
	"trustdeck/model/notary/notarytest"
)

const gun model.GUN = "registry.example.org/acme/app"

// newRepo is what is served before anything is tampered with: two signers,
// releases and a nested delegation, with enough of a past to roll back to.
func newRepo() *notarytest.Repo {
	r := notarytest.New(gun, time.Now().Add(-time.Hour))
	alice, bob := notarytest.NewKey(), notarytest.NewKey()
	r.Delegate("targets/alice", 1, []string{""}, alice)
	r.Delegate("targets/bob", 1, []string{"b"}, bob)
	r.Delegate(docker.Releases, 1, []string{""}, alice, bob)
	r.Delegate("targets/alice/ci", 1, []string{"ci/"}, notarytest.NewKey())
	r.Tag(docker.Releases, "1.0", "one")
	r.Tag("targets/alice", "1.0", "one")
	r.Tag("targets/bob", "b1", "b")
	r.Tag("targets/alice/ci", "ci/1", "ci")
	r.Seal("targets", "targets/alice", "targets/bob", "targets/releases", "targets/alice/ci")
	return r
}

// A liar is a Notary server whose answers can be replaced. By hash it serves
// whatever it has for the role, right or wrong.
type liar struct {
	*httptest.Server
	mu sync.Mutex
	// files by role, and by N.role for versions.
	files map[string][]byte
	// special takes over the requests for a role; "*" those for all.
	special map[string]http.HandlerFunc
}

func newLiar(t *testing.T) *liar {
	t.Helper()
	l := &liar{}
	l.Server = httptest.NewUnstartedServer(http.HandlerFunc(l.serve))
	cert, err := peer.Authority(t).Issue("localhost")
	if err != nil {
		t.Fatal(err)
	}
	l.TLS = &tls.Config{Certificates: []tls.Certificate{cert.Certificate}, MinVersion: tls.VersionTLS12}
	l.StartTLS()
	t.Cleanup(func() {
		l.CloseClientConnections()
		l.Close()
	})
	return l
}

// hold gives the server its files.
func (l *liar) hold(r *notarytest.Repo) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.files, l.special = map[string][]byte{}, map[string]http.HandlerFunc{}
	for role, raw := range r.Wire() {
		l.files[string(role)] = raw
	}
	for name, raw := range r.Past {
		l.files[name] = raw
	}
}

func (l *liar) serve(w http.ResponseWriter, req *http.Request) {
	name, ok := strings.CutPrefix(req.URL.Path, "/v2/"+string(gun)+"/_trust/tuf/")
	name, isFile := strings.CutSuffix(name, ".json")
	role := name
	if i := strings.LastIndexByte(name, '.'); i >= 0 && len(name)-i == 65 {
		role = name[:i]
	}
	l.mu.Lock()
	raw, have := l.files[role]
	special := l.special[role]
	if special == nil {
		special = l.special["*"]
	}
	l.mu.Unlock()
	switch {
	case special != nil && (ok || strings.Contains(req.URL.Path, "changefeed")):
		special(w, req)
	case strings.HasSuffix(req.URL.Path, "changefeed"):
		_, _ = w.Write([]byte(`{"count":0,"records":[]}`))
	case req.URL.Path == "/v2/":
		_, _ = w.Write([]byte("{}"))
	case !ok || !isFile || !have:
		w.WriteHeader(http.StatusNotFound)
		_, _ = w.Write([]byte(`{"errors":[{"code":"METADATA_NOT_FOUND","message":"You have requested metadata that does not exist."}]}`))
	default:
		_, _ = w.Write(raw)
	}
}

// change replaces the file of a role by what alter makes of it.
func (l *liar) change(role string, alter func([]byte) []byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.files[role] = alter(bytes.Clone(l.files[role]))
}

func (l *liar) drop(role string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.files, role)
}

// answer takes over the requests for a role.
func (l *liar) answer(role string, h http.HandlerFunc) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.special[role] = h
}

// status answers with a code and a Notary error body.
func status(code int, text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(code)
		_ = json.NewEncoder(w).Encode(map[string]any{"errors": []any{map[string]string{"code": "UNKNOWN", "message": text}}})
	}
}
