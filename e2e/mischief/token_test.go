package mischief

import (
	"crypto/tls"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"

	"trustdeck/e2e/peer"
)

// A hostile trust server sends an administrator to the token server that is trusted, for
// the right to write somewhere else. No such token is ever asked for.
func TestNoTokenForAnotherScope(t *testing.T) {
	server := peer.MemoryServer(t, peer.TokenAuth())
	certificate, err := server.PKI.Issue("hostile")
	if err != nil {
		t.Fatal(err)
	}
	for _, scope := range []string{"repository:docker.io/acme/victim:push,pull", "repository:docker.io/acme/app:*", "registry:catalog:*"} {
		hostile := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("WWW-Authenticate", fmt.Sprintf("Bearer realm=%q,service=%q,scope=%q", server.Tokens.Realm, server.Tokens.Service, scope))
			w.WriteHeader(http.StatusUnauthorized)
		}))
		hostile.TLS = &tls.Config{Certificates: []tls.Certificate{certificate.Certificate}, MinVersion: tls.VersionTLS12}
		hostile.StartTLS()
		t.Cleanup(hostile.Close)
		deck := peer.Trustdeck(t).As(peer.Administrator)
		for _, args := range [][]string{{"inspect", peer.App}, {"tags", peer.App}, {"renew", peer.App, "targets", "--yes"}} {
			got := deck.Try(append([]string{"--server", hostile.URL, "--tlscacert", server.PKI.CAFile()}, args...)...)
			if got.Code != 6 {
				t.Errorf("%s for %s: exit code %d\n%s", args[0], scope, got.Code, got.Stderr)
			}
		}
	}
	// The administrator's own scopes are those of the repository that was named.
	if got, want := server.Tokens.Scopes(), []string{"repository:" + peer.App + ":pull"}; !slices.Equal(got, want) {
		t.Errorf("tokens were asked for %q, want %q", got, want)
	}
}
