package registry_test

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	practice "github.com/google/go-containerregistry/pkg/registry"

	"trustdeck/model"
	"trustdeck/remote/registry"
	"trustdeck/remote/transport"
)

const (
	gun       = model.GUN("registry.example.org/acme/app")
	imageType = "application/vnd.docker.distribution.manifest.v2+json"
	indexType = "application/vnd.oci.image.index.v1+json"
	user      = "alice"
	password  = "p4ss:word of alice"
)

func digest(raw string) string {
	sum := sha256.Sum256([]byte(raw))
	return "sha256:" + hex.EncodeToString(sum[:])
}

// manifest is one that no other test has.
func manifest(t *testing.T, mediaType string) string {
	t.Helper()
	raw, err := json.Marshal(map[string]any{"schemaVersion": 2, "mediaType": mediaType, "annotations": map[string]string{"test": t.Name()}})
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// trusting is TLS that trusts test servers.
func trusting(servers ...*httptest.Server) func(string) (*tls.Config, error) {
	pool := x509.NewCertPool()
	for _, s := range servers {
		pool.AddCert(s.Certificate())
	}
	return func(string) (*tls.Config, error) {
		return &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}, nil
	}
}

func newClient(t *testing.T, cfg registry.Config) *registry.Client {
	t.Helper()
	if cfg.Timeout == 0 {
		cfg.Timeout = 5 * time.Second
	}
	c, err := registry.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// serve starts a TLS server and a client that asks it in place of every registry.
func serve(t *testing.T, h http.Handler, change ...func(*registry.Config)) *registry.Client {
	t.Helper()
	s := httptest.NewUnstartedServer(h)
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	t.Cleanup(func() {
		s.CloseClientConnections()
		s.Close()
	})
	cfg := registry.Config{Endpoint: s.URL, TLS: trusting(s)}
	for _, c := range change {
		c(&cfg)
	}
	return newClient(t, cfg)
}

// filled is a real registry, but for its being in memory, with a manifest.
func filled(t *testing.T, path, mediaType, raw string) http.Handler {
	t.Helper()
	h := practice.New(practice.Logger(log.New(io.Discard, "", 0)))
	req := httptest.NewRequest(http.MethodPut, path, strings.NewReader(raw))
	req.Header.Set("Content-Type", mediaType)
	out := httptest.NewRecorder()
	h.ServeHTTP(out, req)
	if out.Code != http.StatusCreated {
		t.Fatalf("put %s: %d %s", path, out.Code, out.Body)
	}
	return h
}

// check tests that an error is a Fault of a kind that says something and offers a
// way out.
func check(t *testing.T, err error, kind model.FaultKind, text string) {
	t.Helper()
	var fault *model.Fault
	if !errors.As(err, &fault) {
		t.Fatalf("%v is no fault", err)
	}
	if fault.Kind != kind || !strings.Contains(fault.Error(), text) {
		t.Errorf("%s: %s; want %s with %q", fault.Kind, fault, kind, text)
	}
	if fault.Kind != model.FaultCanceled && fault.Hint == "" {
		t.Errorf("%s has no way out", fault)
	}
	for _, r := range fault.Error() + fault.Hint + fault.Scope {
		if r < ' ' || r == 0x7f {
			t.Errorf("control character in %q", fault.Error())
		}
	}
}

func TestResolve(t *testing.T) {
	for _, mediaType := range []string{imageType, indexType} {
		raw := manifest(t, mediaType)
		client := serve(t, filled(t, "/v2/acme/app/manifests/1.0", mediaType, raw))
		want := model.Manifest{Digest: digest(raw), Size: int64(len(raw)), MediaType: mediaType}
		for _, reference := range []string{"1.0", digest(raw)} {
			if got, err := client.Resolve(t.Context(), gun, reference); err != nil || got != want {
				t.Errorf("%s: %+v, %v", reference, got, err)
			}
		}
		_, err := client.Resolve(t.Context(), gun, "1.1")
		check(t, err, model.FaultNotFound, "MANIFEST_UNKNOWN")
		_, err = client.Resolve(t.Context(), gun, digest("another"))
		check(t, err, model.FaultNotFound, "does not have it")
		_, err = client.Resolve(t.Context(), "registry.example.org/acme/none", "1.0")
		check(t, err, model.FaultNotFound, "does not have the repository")
	}
}

// A registry on this machine is met as docker meets it: over TLS with any
// certificate, else without TLS.
func TestRegistryOnThisMachine(t *testing.T) {
	raw := manifest(t, imageType)
	h := filled(t, "/v2/acme/app/manifests/1.0", imageType, raw)
	quiet := log.New(io.Discard, "", 0)
	plain := httptest.NewServer(h)
	secure := httptest.NewUnstartedServer(h)
	plain.Config.ErrorLog, secure.Config.ErrorLog = quiet, quiet
	secure.StartTLS()
	t.Cleanup(plain.Close)
	t.Cleanup(secure.Close)
	client := newClient(t, registry.Config{})
	for _, url := range []string{plain.URL, secure.URL} {
		_, host, _ := strings.Cut(url, "://")
		for _, name := range []string{host, strings.Replace(host, "127.0.0.1", "localhost", 1)} {
			got, err := client.Resolve(t.Context(), model.GUN(name+"/acme/app"), "1.0")
			if err != nil || got.Digest != digest(raw) {
				t.Errorf("%s: %+v, %v", name, got, err)
			}
		}
	}
	// An address that was configured is no such registry.
	_, err := newClient(t, registry.Config{Endpoint: secure.URL}).Resolve(t.Context(), gun, "1.0")
	check(t, err, model.FaultTLS, "unknown authority")
}

// guard wants a token of alice for the scope.
type guard struct {
	http.Handler
	realm string
}

const scope = "repository:acme/app:pull"

func (g guard) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("Authorization") == "Bearer "+user+"/"+scope {
		g.Handler.ServeHTTP(w, r)
		return
	}
	w.Header().Set("WWW-Authenticate", fmt.Sprintf("Bearer realm=%q,service=\"registry\",scope=%q", g.realm, scope))
	w.WriteHeader(http.StatusUnauthorized)
	_, _ = w.Write([]byte(`{"errors":[{"code":"UNAUTHORIZED","message":"authentication required"}]}`))
}

// newRealm gives tokens for whoever asks; they are good where it is alice.
func newRealm(t *testing.T) *httptest.Server {
	t.Helper()
	s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name, pass, given := r.BasicAuth()
		if given && (name != user || pass != password) {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		_ = json.NewEncoder(w).Encode(map[string]string{"token": name + "/" + r.URL.Query().Get("scope")})
	}))
	t.Cleanup(s.Close)
	return s
}

// byRegistry are credentials that only one registry has.
type byRegistry struct {
	registry string
	transport.Login
}

func (b byRegistry) Find(_ context.Context, registry string) (transport.Login, error) {
	if registry != b.registry {
		return transport.Login{}, nil
	}
	return b.Login, nil
}

// The token server is on another host with a private address, and the login is that
// of the registry in the name.
func TestTokens(t *testing.T) {
	raw := manifest(t, imageType)
	h := filled(t, "/v2/acme/app/manifests/1.0", imageType, raw)
	login := transport.Login{User: user, Password: password}
	tests := []struct {
		name        string
		gun         model.GUN
		credentials transport.Credentials
		text        string
	}{
		{"login", gun, byRegistry{"registry.example.org", login}, ""},
		{"login to Docker Hub", "docker.io/acme/app", byRegistry{"docker.io", login}, ""},
		{"login to Docker Hub by its other name", "index.docker.io/acme/app", byRegistry{"docker.io", login}, ""},
		{"login to another registry", gun, byRegistry{"elsewhere.example.org", login}, "there are no credentials"},
		{"nobody", gun, nil, "there are no credentials"},
		{"a wrong password", gun, byRegistry{"registry.example.org", transport.Login{User: user, Password: "no"}}, "does not accept the credentials"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			realm := newRealm(t)
			var mu sync.Mutex
			said := ""
			client := serve(t, guard{h, realm.URL + "/token"}, func(c *registry.Config) {
				own, other := c.TLS, trusting(realm)
				c.TLS = func(hostport string) (*tls.Config, error) {
					if "https://"+hostport == realm.URL {
						return other(hostport)
					}
					return own(hostport)
				}
				c.Credentials = tt.credentials
				c.Log = func(e model.Event) {
					mu.Lock()
					defer mu.Unlock()
					said += e.Text + "\n"
				}
			})
			got, err := client.Resolve(t.Context(), tt.gun, "1.0")
			if tt.text != "" {
				check(t, err, model.FaultUnauthorized, tt.text)
				var fault *model.Fault
				if errors.As(err, &fault) && (fault.Scope != scope || !strings.Contains(fault.Hint, "docker login registry.example.org")) {
					t.Errorf("scope %q, hint %q", fault.Scope, fault.Hint)
				}
				said += err.Error()
			} else if err != nil || got.Digest != digest(raw) {
				t.Errorf("%+v, %v", got, err)
			}
			for _, secret := range []string{password, user + "/repository", base64.StdEncoding.EncodeToString([]byte(user + ":" + password))} {
				if strings.Contains(said, secret) {
					t.Errorf("the secret %q is in:\n%s", secret, said)
				}
			}
			if !strings.Contains(said, "/v2/acme/app/manifests/1.0: 401") {
				t.Errorf("the log says:\n%s", said)
			}
		})
	}
}

// answering says what it is told, with the headers of a good answer.
func answering(body string, headers ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", imageType)
		for i := 0; i < len(headers); i += 2 {
			w.Header().Set(headers[i], headers[i+1])
		}
		_, _ = w.Write([]byte(body))
	}
}

func failing(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}
}

// Nothing that a registry says of the manifest is believed; what it says wrongly is
// told.
func TestClaims(t *testing.T) {
	const body = `{"schemaVersion":2}`
	client := serve(t, answering(body))
	if got, err := client.Resolve(t.Context(), gun, "1.0"); err != nil || got.Digest != digest(body) || got.Size != int64(len(body)) {
		t.Errorf("without a claim: %+v, %v", got, err)
	}
	const claim = "Docker-Content-Digest"
	for name, tt := range map[string]struct {
		answer    http.HandlerFunc
		reference string
		text      string
	}{
		"another digest":                 {answering(body, claim, digest("x")), "1.0", "announces " + digest("x") + " but sends " + digest(body)},
		"another digest, asked by it":    {answering(body, claim, digest("x")), digest("x"), "announces " + digest("x")},
		"another content than asked for": {answering(body), digest("x"), "cannot be used"},
		"a digest that is none":          {answering(body, claim, "sha256:zz"), "1.0", "cannot be used"},
		"a weak digest":                  {answering(body, claim, "md5:"+strings.Repeat("0", 32)), "1.0", "cannot be used"},
		"no type":                        {answering(body, "Content-Type", ";"), "1.0", "cannot be used"},
		"schema 1":                       {answering(body, "Content-Type", "application/vnd.docker.distribution.manifest.v1+prettyjws", claim, digest("x")), "1.0", "schema 1"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := serve(t, tt.answer).Resolve(t.Context(), gun, tt.reference)
			check(t, err, model.FaultBadData, tt.text)
		})
	}
}

func TestFaults(t *testing.T) {
	quick := func(c *registry.Config) { c.Timeout = 300 * time.Millisecond }
	for name, tt := range map[string]struct {
		answer http.HandlerFunc
		change func(*registry.Config)
		kind   model.FaultKind
		text   string
	}{
		"404 of a proxy": {failing(404, "<html>"), nil, model.FaultNotFound, "does not have it"},
		"403":            {failing(403, `{"errors":[{"code":"DENIED","message":"no\u001b[2J"}]}`), nil, model.FaultUnauthorized, "no[2J (DENIED)"},
		"429":            {failing(429, `{"errors":[{"code":"TOOMANYREQUESTS","message":"pull rate limit"}]}`), nil, model.FaultServer, "pull rate limit"},
		"500":            {failing(500, ""), nil, model.FaultServer, "500"},
		"204":            {failing(204, ""), nil, model.FaultBadData, "204"},
		"too large": {func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", "5000000")
			answering("x")(w, r)
		}, nil, model.FaultBadData, "5000000 bytes"},
		"endless": {func(w http.ResponseWriter, r *http.Request) {
			for r.Context().Err() == nil {
				if _, err := w.Write(make([]byte, 64<<10)); err != nil {
					return
				}
			}
		}, nil, model.FaultBadData, "longer than the limit of 4194304 bytes"},
		"compressed": {answering("x", "Content-Encoding", "gzip"), nil, model.FaultBadData, "compressed"},
		"never":      {func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, quick, model.FaultUnreachable, "no complete answer within"},
		"cut": {func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", "1000")
			answering("half")(w, r)
			w.(http.Flusher).Flush()
			panic(http.ErrAbortHandler)
		}, nil, model.FaultUnreachable, "cut before the answer was complete"},
		"a circle": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, r.URL.Path, http.StatusFound)
		}, nil, model.FaultBadData, "in a loop"},
		"out of TLS": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://127.0.0.1:1/", http.StatusFound)
		}, nil, model.FaultBadData, "from https to http"},
		"unknown authority": {answering("x"), func(c *registry.Config) { c.TLS = nil }, model.FaultTLS, "unknown authority"},
		"nobody listens":    {answering("x"), func(c *registry.Config) { c.Endpoint = "https://127.0.0.1:1" }, model.FaultUnreachable, "refused"},
	} {
		t.Run(name, func(t *testing.T) {
			var change []func(*registry.Config)
			if tt.change != nil {
				change = append(change, tt.change)
			}
			_, err := serve(t, tt.answer, change...).Resolve(t.Context(), gun, "1.0")
			check(t, err, tt.kind, tt.text)
		})
	}
}

func TestCancelled(t *testing.T) {
	arrived := make(chan struct{})
	client := serve(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		close(arrived)
		<-r.Context().Done()
	}))
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-arrived
		cancel()
	}()
	_, err := client.Resolve(ctx, gun, "1.0")
	check(t, err, model.FaultCanceled, "cancelled")
}

// Names that no registry can have are refused without a question.
func TestNames(t *testing.T) {
	client := serve(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { t.Errorf("asked for %s", r.URL) }))
	for _, g := range []model.GUN{
		"", "app", "acme/app", "registry.example.org/", "registry.example.org/ACME", "registry.example.org/a/../b", "docker.io/a b",
		"user@registry.example.org/a", "registry.example.org:x/a", "reg\x1b.example/a", "registry.example.org/a?b=c",
	} {
		_, err := client.Resolve(t.Context(), g, "1.0")
		check(t, err, model.FaultUsage, "")
	}
	for _, tag := range []string{"", "a/b", "a b", ".", "-x", "\x1b[2J", "tag\u202e", "sha256:x", "sha512:", strings.Repeat("x", 129), "../../x"} {
		_, err := client.Resolve(t.Context(), gun, tag)
		check(t, err, model.FaultUsage, "no registry can have a tag of this name")
	}
}

func TestEndpoints(t *testing.T) {
	for _, bad := range []string{"http://127.0.0.1:5000", "127.0.0.1:5000", "https://", "https://a:b@x", "https://x/v2", "https://x?q", "https://%zz"} {
		_, err := registry.New(registry.Config{Endpoint: bad})
		check(t, err, model.FaultUsage, "not the address of a registry")
	}
}

// The folders of docker, the nearest first.
func TestDockerTLS(t *testing.T) {
	config, home := t.TempDir(), t.TempDir()
	t.Setenv("XDG_CONFIG_HOME", home)
	t.Setenv("HOME", home)
	t.Setenv("AppData", home)
	const host = "registry.invalid:5000"
	if cfg, err := registry.DockerTLS(config, host); cfg != nil || err != nil {
		t.Fatalf("without folders: %v, %v", cfg, err)
	}
	own, err := os.UserConfigDir()
	if err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{filepath.Join(config, "tls"), filepath.Join(own, "docker", "certs.d"), filepath.Join(config, "certs.d")} {
		ca := filepath.Join(dir, strings.ReplaceAll(host, ":", map[bool]string{true: "", false: ":"}[os.PathSeparator == '\\']), "ca.crt")
		if err := os.MkdirAll(filepath.Dir(ca), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(ca, []byte("no PEM"), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := registry.DockerTLS(config, host)
		check(t, err, model.FaultLocal, ca)
	}
}
