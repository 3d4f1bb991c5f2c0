package transport_test

import (
	"cmp"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"trustdeck/model"
	"trustdeck/remote/transport"
)

// A server on this machine may be asked without TLS. That does not let the
// credentials leave the machine without it.
func TestCredentialsDoNotLeaveTheMachinePlainly(t *testing.T) {
	said := ""
	for _, tt := range []struct {
		realm string
		kind  model.FaultKind
	}{
		{"http://auth.example.org/token", model.FaultBadData},
		{"", ""}, // that of the server itself
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			switch {
			case r.URL.Path == "/token":
				_, _ = w.Write([]byte(`{"token":"good"}`))
			case r.Header.Get("Authorization") == "Bearer good":
				_, _ = w.Write([]byte("content"))
			default:
				w.Header().Set("WWW-Authenticate", fmt.Sprintf("Bearer realm=%q", cmp.Or(tt.realm, "http://"+r.Host+"/token")))
				w.WriteHeader(http.StatusUnauthorized)
			}
		}))
		t.Cleanup(server.Close)
		base, err := url.Parse(server.URL)
		if err != nil {
			t.Fatal(err)
		}
		client := transport.New(transport.Config{
			Base: base, Credentials: transport.StaticCredentials{User: user, Password: password},
			Log: func(e model.Event) { said += e.Text },
		})
		t.Cleanup(client.Close)
		answer, err := client.Do(t.Context(), transport.Request{Method: http.MethodGet, URL: base, Registry: "localhost", Scope: "x", Limit: 100})
		if tt.kind != "" {
			check(t, err, tt.kind, "doesn't use TLS")
		} else if err != nil || string(answer.Body) != "content" {
			t.Errorf("%q, %v", answer.Body, err)
		}
	}
	if strings.Contains(said, password) {
		t.Errorf("the password is in the log: %s", said)
	}
}

func TestLoopback(t *testing.T) {
	for host, want := range map[string]bool{
		"localhost": true, "LOCALHOST": true, "127.0.0.1": true, "127.9.9.9": true, "::1": true,
		"": false, "192.168.0.1": false, "localhost.example.org": false, "registry.example.org": false, "0.0.0.0": false,
	} {
		if got := transport.Loopback(host); got != want {
			t.Errorf("%q: %v", host, got)
		}
	}
}
