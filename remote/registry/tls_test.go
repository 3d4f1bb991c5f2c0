package registry_test

import (
	"crypto/tls"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"trustdeck/model"
	"trustdeck/remote/registry"
	"trustdeck/remote/transport"
)

// Registries redirect to where content is kept. What is there is hashed like everything
// else, and is not told who asks.
func TestRedirectToStorage(t *testing.T) {
	const body = `{"schemaVersion":2}`
	for _, claim := range []string{digest(body), digest("x")} {
		var got []string
		storage := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			got = append(got, r.Header.Get("Authorization"))
			answering(body, "Docker-Content-Digest", claim)(w, r)
		}))
		t.Cleanup(storage.Close)
		realm := newRealm(t)
		redirecting := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, storage.URL+"/blob?signature=x", http.StatusTemporaryRedirect)
		})
		client := serve(t, guard{redirecting, realm.URL + "/token"}, func(c *registry.Config) {
			own, others := c.TLS, trusting(storage, realm)
			c.TLS = func(hostport string) (*tls.Config, error) {
				if "https://"+hostport == storage.URL || "https://"+hostport == realm.URL {
					return others(hostport)
				}
				return own(hostport)
			}
			c.Credentials = byRegistry{"registry.example.org", transport.Login{User: user, Password: password}}
		})
		m, err := client.Resolve(t.Context(), gun, "1.0")
		if claim == digest(body) && (err != nil || m.Digest != claim) || claim != digest(body) && model.KindOf(err) != model.FaultBadData {
			t.Errorf("%s: %+v, %v", claim, m, err)
		}
		if len(got) != 1 || got[0] != "" {
			t.Errorf("the storage was sent %q", got)
		}
	}
}

// Where TLS was not understood, why that was is told, and not what came of asking
// without.
func TestRegistryOnThisMachineThatWantsACertificate(t *testing.T) {
	s := httptest.NewUnstartedServer(answering("x"))
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.TLS = &tls.Config{ClientAuth: tls.RequireAnyClientCert, MinVersion: tls.VersionTLS12}
	s.StartTLS()
	t.Cleanup(s.Close)
	_, err := newClient(t, registry.Config{}).Resolve(t.Context(), model.GUN(strings.TrimPrefix(s.URL, "https://")+"/acme/app"), "1.0")
	check(t, err, model.FaultTLS, "it may require a client certificate")
}
