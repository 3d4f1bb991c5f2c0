package notaryserver_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"trustdeck/model"
	"trustdeck/remote/notaryserver"
	"trustdeck/remote/transport"
)

// A realm is a token server. It counts its exchanges and gives tokens that name
// user and scope.
type realm struct {
	*httptest.Server
	mu       sync.Mutex
	requests []string
	// answer, where set, takes over.
	answer http.HandlerFunc
	// life is what expires_in says; 0 leaves it out.
	life int
}

const (
	user     = "alice"
	password = "p4ss:word of alice"
	identity = "identity-token-of-alice"
)

func newRealm(t *testing.T) *realm {
	t.Helper()
	r := &realm{life: 300}
	r.Server = httptest.NewTLSServer(http.HandlerFunc(r.serve))
	t.Cleanup(r.Close)
	return r
}

func (r *realm) serve(w http.ResponseWriter, req *http.Request) {
	_ = req.ParseForm()
	r.mu.Lock()
	answer, life := r.answer, r.life
	r.requests = append(r.requests, req.Method+" "+req.Form.Get("scope")+" "+req.Form.Get("service"))
	r.mu.Unlock()
	if answer != nil {
		answer(w, req)
		return
	}
	who := "nobody"
	if name, pass, ok := req.BasicAuth(); ok {
		if name != user || pass != password {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		who = name
	}
	if req.Method == http.MethodPost {
		if req.PostForm.Get("refresh_token") != identity || req.PostForm.Get("grant_type") != "refresh_token" || req.PostForm.Get("client_id") != "docker" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		who = user
	}
	body := map[string]any{"access_token": who + "/" + req.Form.Get("scope")}
	if life > 0 {
		body["expires_in"] = life
	}
	_ = json.NewEncoder(w).Encode(body)
}

func (r *realm) count() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.requests)
}

// guarded is a Notary server that wants a token of alice for the scope.
func guarded(realmURL string) http.HandlerFunc {
	return func(w http.ResponseWriter, req *http.Request) {
		name, _, _ := strings.Cut(strings.TrimPrefix(req.URL.Path, "/v2/"), "/_trust")
		scope := "repository:" + name + ":pull"
		if req.Header.Get("Authorization") != "Bearer "+user+"/"+scope {
			w.Header().Set("WWW-Authenticate", fmt.Sprintf(`Bearer realm=%q,service="notary",scope=%q`, realmURL, scope))
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		_, _ = w.Write([]byte("good"))
	}
}

// watched collects everything that the client says.
type watched struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *watched) log(e model.Event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	fmt.Fprintf(&l.text, "%+v\n", e)
}

// free fails where a secret was said, plainly or in base64.
func (l *watched) free(t *testing.T, errs ...error) {
	t.Helper()
	text := l.text.String()
	for _, err := range errs {
		if err != nil {
			text += err.Error() + model.HintOf(err)
		}
	}
	for _, secret := range []string{password, identity, user + "/repository", base64.StdEncoding.EncodeToString([]byte(user + ":" + password))} {
		if strings.Contains(text, secret) {
			t.Errorf("the secret %q is in:\n%s", secret, text)
		}
	}
}

func TestBearer(t *testing.T) {
	alice := transport.StaticCredentials{User: user, Password: password}
	tests := []struct {
		name        string
		credentials transport.Credentials
		spoil       func(r *realm)
		kind        model.FaultKind
		text        string
	}{
		{name: "password", credentials: alice},
		{name: "identity token", credentials: transport.StaticCredentials{IdentityToken: identity}},
		{name: "nobody", kind: model.FaultUnauthorized, text: "no credentials"},
		{name: "a wrong password", credentials: transport.StaticCredentials{User: user, Password: "no"}, kind: model.FaultUnauthorized, text: "does not accept"},
		{name: "a wrong identity token", credentials: transport.StaticCredentials{IdentityToken: "no"}, kind: model.FaultUnauthorized, text: "does not accept"},
		{name: "no token in the answer", credentials: alice, spoil: func(r *realm) {
			r.answer = func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("{}")) }
		}, kind: model.FaultBadData, text: "no token"},
		{name: "a token that breaks the header", credentials: alice, spoil: func(r *realm) {
			r.answer = func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(`{"token":"a\r\nX: y"}`)) }
		}, kind: model.FaultBadData, text: "no token"},
		{name: "the token server is down", credentials: alice, spoil: func(r *realm) {
			r.answer = func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) }
		}, kind: model.FaultServer, text: "502"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r, said := newRealm(t), &watched{}
			if tt.spoil != nil {
				tt.spoil(r)
			}
			_, client := serve(t, guarded(r.URL+"/token"), func(c *notaryserver.Config) {
				c.Credentials, c.Log = tt.credentials, said.log
			}, trustBoth(r))
			f, err := client.Read(context.Background(), gun, current)
			said.free(t, err)
			if tt.kind != "" {
				check(t, err, tt.kind, tt.text)
				return
			}
			if err != nil || string(f.Bytes) != "good" {
				t.Errorf("%q, %v", f.Bytes, err)
			}
			if got := r.requests[0]; !strings.HasSuffix(got, " repository:"+string(gun)+":pull notary") {
				t.Errorf("asked for %q", got)
			}
		})
	}
}

// trustBoth adds the realm's certificate to what the client trusts.
func trustBoth(r *realm) func(*notaryserver.Config) {
	return func(c *notaryserver.Config) {
		own := c.TLS
		host := strings.TrimPrefix(r.URL, "https://")
		c.TLS = hostTLS(own, host, trusting(r.Server))
	}
}

func TestTheScopeIsNamed(t *testing.T) {
	r := newRealm(t)
	_, client := serve(t, guarded(r.URL), trustBoth(r))
	_, err := client.Read(context.Background(), gun, current)
	fault, ok := err.(*model.Fault) //nolint:errorlint // it is what Read returns
	if !ok || fault.Scope != "repository:"+string(gun)+":pull" || !strings.Contains(fault.Hint, "docker login registry.example.org") {
		t.Errorf("%+v", err)
	}
}

// Sixteen requests at once share one exchange, and a later one needs none.
func TestTokensAreShared(t *testing.T) {
	r := newRealm(t)
	_, client := serve(t, guarded(r.URL), trustBoth(r), func(c *notaryserver.Config) {
		c.Credentials = transport.StaticCredentials{User: user, Password: password}
	})
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			if _, err := client.Read(context.Background(), gun, current); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if n := r.count(); n != 1 {
		t.Errorf("%d exchanges for one scope", n)
	}
	if _, err := client.Read(context.Background(), "registry.example.org/other", current); err != nil || r.count() != 2 {
		t.Errorf("another scope: %v, %d exchanges", err, r.count())
	}
}

func TestTokensExpire(t *testing.T) {
	now := time.Now()
	for life, wait := range map[int]time.Duration{0: 56 * time.Second, 300: 296 * time.Second} {
		r := newRealm(t)
		r.life = life
		_, client := serve(t, guarded(r.URL), trustBoth(r), func(c *notaryserver.Config) {
			c.Credentials = transport.StaticCredentials{User: user, Password: password}
			c.Now = func() time.Time { return now }
		})
		for i, want := range []int{1, 1, 2} {
			if i == 2 {
				now = now.Add(wait)
			}
			if _, err := client.Read(context.Background(), gun, current); err != nil || r.count() != want {
				t.Errorf("expires_in %d, read %d: %v, %d exchanges", life, i, err, r.count())
			}
		}
	}
}

func TestRealmsThatGetNothing(t *testing.T) {
	for name, url := range map[string]string{
		"plain http": "http://127.0.0.1:1/token", "none": "", "no URL": "://", "a user in it": "https://a:b@127.0.0.1:1/",
	} {
		t.Run(name, func(t *testing.T) {
			said := &watched{}
			_, client := serve(t, guarded(url), func(c *notaryserver.Config) {
				c.Credentials, c.Log = transport.StaticCredentials{User: user, Password: password}, said.log
			})
			_, err := client.Read(context.Background(), gun, current)
			check(t, err, model.FaultBadData, "")
			said.free(t, err)
		})
	}
}

func TestBasic(t *testing.T) {
	asked := 0
	handler := func(w http.ResponseWriter, r *http.Request) {
		asked++
		if name, pass, ok := r.BasicAuth(); !ok || name != user || pass != password {
			w.Header().Set("WWW-Authenticate", `Negotiate, Basic realm="x"`)
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		_, _ = w.Write([]byte("good"))
	}
	auth, err := transport.ParseNotaryAuth(base64.StdEncoding.EncodeToString([]byte(user + ":" + password)))
	if err != nil {
		t.Fatal(err)
	}
	_, client := serve(t, handler, func(c *notaryserver.Config) { c.Credentials = auth })
	for range 2 {
		if _, err := client.Read(context.Background(), gun, current); err != nil {
			t.Error(err)
		}
	}
	if asked != 3 {
		t.Errorf("%d requests for two reads", asked)
	}
	_, wrong := serve(t, handler, func(c *notaryserver.Config) {
		c.Credentials = transport.StaticCredentials{User: user, Password: "no"}
	})
	_, err = wrong.Read(context.Background(), gun, current)
	check(t, err, model.FaultUnauthorized, "does not accept")
}

// What a server redirects to elsewhere does not get the credentials.
func TestRedirectLosesAuthorization(t *testing.T) {
	var got []string
	other := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = append(got, r.Header.Get("Authorization"))
		_, _ = w.Write([]byte("elsewhere"))
	}))
	t.Cleanup(other.Close)
	// Another port of the same host is elsewhere, too.
	away := other.URL
	_, client := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if _, _, ok := r.BasicAuth(); !ok {
			w.Header().Set("WWW-Authenticate", `Basic realm="x"`)
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		http.Redirect(w, r, away+"/x", http.StatusFound)
	}, func(c *notaryserver.Config) {
		c.Credentials = transport.StaticCredentials{User: user, Password: password}
		own := c.TLS
		c.TLS = hostTLS(own, strings.TrimPrefix(away, "https://"), trustingAs(other, "example.com"))
	})
	if _, err := client.Read(context.Background(), gun, current); err != nil || len(got) != 1 || got[0] != "" {
		t.Errorf("%v, authorization %q", err, got)
	}
}
