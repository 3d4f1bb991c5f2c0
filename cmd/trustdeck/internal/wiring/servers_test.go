package wiring

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"trustdeck/cmd/trustdeck/internal/settings"
	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/remote/transport/transporttest"
)

// What the user named is for the server. Another host has what is in its own folder, and
// of what the user named the authorities, which take the place of all others.
func TestCertificatesOfOtherHosts(t *testing.T) {
	const server, realm = "n.example.org:4443", "auth.example.org:443"
	authority := transporttest.NewAuthority(t)
	me := authority.Issue(t, "me")
	docker := t.TempDir()
	s := &servers{settings: settings.Settings{DockerConfig: docker}}
	nothing := func(hostport string) {
		t.Helper()
		if cfg, err := s.tls(hostport, server); err != nil || cfg != nil {
			t.Errorf("%s: %v, %v", hostport, cfg, err)
		}
	}
	nothing(server)
	nothing(realm)
	folder := func(hostport string) {
		dir := filepath.Join(docker, "tls", hostport)
		if err := os.MkdirAll(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "ca.crt"), read(t, authority.File), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	folder(server)
	if cfg, err := s.tls(server, server); err != nil || cfg == nil || cfg.RootCAs == nil {
		t.Errorf("the server's folder: %v, %v", cfg, err)
	}
	nothing(realm)
	s.settings.TLS = settings.TLS{Cert: me.CertFile, Key: me.KeyFile, SkipVerify: true}
	if cfg, err := s.tls(server, server); err != nil || !cfg.InsecureSkipVerify || len(cfg.Certificates) != 1 || cfg.RootCAs == nil {
		t.Errorf("with settings of the user's: %v, %v", cfg, err)
	}
	nothing(realm)
	folder("auth.example.org")
	s.settings.TLS.CACert = authority.File
	cfg, err := s.tls(realm, server)
	if err != nil || cfg.InsecureSkipVerify || len(cfg.Certificates) != 0 || !cfg.RootCAs.Equal(authority.Pool) {
		t.Errorf("a realm with a folder: %v, %v", cfg, err)
	}
	s.settings.TLS = settings.TLS{CACert: authority.File + ".absent"}
	if _, err := s.tls(server, server); model.KindOf(err) != model.FaultLocal {
		t.Errorf("an authority that is not there: %v", err)
	}
}

// The login of a registry is that of docker, and what was said for the trust server
// stays with that.
func TestRegistryLogin(t *testing.T) {
	var got []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user, _, _ := r.BasicAuth()
		got = append(got, user)
		w.Header().Set("WWW-Authenticate", `Basic realm="x"`)
		w.WriteHeader(http.StatusUnauthorized)
	}))
	t.Cleanup(server.Close)
	client, err := OpenRegistry(settings.Settings{DockerConfig: t.TempDir(), NotaryAuth: "Ym9iOnNlY3JldA==", Server: server.URL}, &admin.Log{}, "trustdeck/test", "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	_, err = client.Resolve(t.Context(), model.GUN(strings.TrimPrefix(server.URL, "http://")+"/acme/app"), "1.0")
	if model.KindOf(err) != model.FaultUnauthorized || len(got) != 1 || got[0] != "" {
		t.Errorf("%v, asked as %q", err, got)
	}
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return content
}
