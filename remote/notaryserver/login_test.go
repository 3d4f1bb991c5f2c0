package notaryserver_test

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"

	"trustdeck/model"
	"trustdeck/remote/notaryserver"
	"trustdeck/remote/transport"
)

// drawer is a store of logins that notes what was asked of it.
type drawer struct {
	has   map[string]transport.Login
	asked []string
}

func (d *drawer) Find(_ context.Context, registry string) (transport.Login, error) {
	d.asked = append(d.asked, registry)
	return d.has[registry], nil
}

// A refusal names the login that the next request would find, and a login to the server
// itself counts for every repository on it.
func TestTheLoginOfTheServerNamed(t *testing.T) {
	for _, tt := range []struct {
		name string
		ask  func(*notaryserver.Client) error
		// looked are the logins that are looked for, HOST being the server's.
		looked []string
	}{
		{"the list of repositories", func(c *notaryserver.Client) error { _, err := c.Repositories(context.Background()); return err }, []string{"HOST", "docker.io"}},
		{"whether it answers", func(c *notaryserver.Client) error { return c.Ping(context.Background()) }, []string{"HOST", "docker.io"}},
		{"a repository of Docker Hub's name", read("docker.io/acme/app"), []string{"HOST", "docker.io"}},
		{"a repository without a registry", read("acme/app"), []string{"HOST", "docker.io"}},
		{"a repository of a registry", read("registry.example.org/acme/app"), []string{"registry.example.org", "HOST"}},
		{"a repository of a registry on this machine", read("localhost/app"), []string{"localhost", "HOST"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			logins := &drawer{has: map[string]transport.Login{}}
			server, client := serve(t, basic, func(c *notaryserver.Config) { c.Credentials = logins })
			host := strings.TrimPrefix(server.URL, "https://")
			named := func(name string) string { return strings.Replace(name, "HOST", host, 1) }

			var fault *model.Fault
			if err := tt.ask(client); !errors.As(err, &fault) || fault.Hint != "log in first: docker login "+named(tt.looked[0])+", or set NOTARY_AUTH" {
				t.Fatalf("without a login: %v, %q", err, model.HintOf(err))
			}
			for i, name := range tt.looked {
				tt.looked[i] = named(name)
			}
			if !slices.Equal(logins.asked, tt.looked) {
				t.Errorf("looked for %q, want %q", logins.asked, tt.looked)
			}
			logins.has[host] = transport.Login{User: user, Password: password}
			if err := tt.ask(client); model.KindOf(err) == model.FaultUnauthorized {
				t.Errorf("with a login to the server: %v", err)
			}
		})
	}
}

// A token of docker login is for a registry: at a trust server that wants tokens, what works
// is NOTARY_AUTH.
func TestTheLoginOfATrustServerWithTokens(t *testing.T) {
	r := newRealm(t)
	_, client := serve(t, guarded(r.URL), trustBoth(r))
	for name, ask := range map[string]func(*notaryserver.Client) error{
		"the list of repositories": func(c *notaryserver.Client) error { _, err := c.Repositories(context.Background()); return err },
		"a repository":             read("docker.io/acme/app"),
	} {
		if hint := model.HintOf(ask(client)); hint != "set NOTARY_AUTH to the output of: printf '%s' user:password | base64, and start again" {
			t.Errorf("%s: the way out is %q", name, hint)
		}
	}
}

// A login of the environment hides those of docker: the way out is there.
func TestARefusedLoginOfTheEnvironment(t *testing.T) {
	server, client := serve(t, basic, func(c *notaryserver.Config) {
		c.Credentials, c.LoginVariable = transport.StaticCredentials{User: user, Password: "no"}, "NOTARY_AUTH"
	})
	err := client.Ping(context.Background())
	check(t, err, model.FaultUnauthorized, "does not accept")
	want := "set an authorised account in NOTARY_AUTH, or unset it and log in: docker login " + strings.TrimPrefix(server.URL, "https://")
	if model.HintOf(err) != want {
		t.Errorf("the way out is %q, want %q", model.HintOf(err), want)
	}
}

func read(name model.GUN) func(*notaryserver.Client) error {
	return func(c *notaryserver.Client) error {
		_, err := c.Read(context.Background(), name, current)
		return err
	}
}

// basic is a server that lets alice in.
func basic(w http.ResponseWriter, r *http.Request) {
	if name, pass, ok := r.BasicAuth(); !ok || name != user || pass != password {
		w.Header().Set("WWW-Authenticate", `Basic realm="x"`)
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	_, _ = w.Write([]byte("{}"))
}

// The way out of an unknown authority is one that works: Docker's folder is not looked
// into where authorities are named.
func TestTheRemedyOfAnUnknownAuthority(t *testing.T) {
	for name, tt := range map[string]struct{ authorities, want string }{
		"none is named":    {"", "with --tlscacert, or save it as ca.crt in the tls/HOST folder of Docker's configuration"},
		"another is named": {"/etc/other.pem", "give its CA certificate with --tlscacert; the current file, /etc/other.pem, is for another CA"},
	} {
		t.Run(name, func(t *testing.T) {
			server, client := serve(t, basic, func(c *notaryserver.Config) { c.TLS, c.Authorities = nil, tt.authorities })
			host := strings.TrimPrefix(server.URL, "https://")
			err := client.Ping(context.Background())
			check(t, err, model.FaultTLS, "it is signed by an unknown authority")
			if want := strings.Replace(tt.want, "HOST", host, 1); !strings.HasSuffix(model.HintOf(err), want) {
				t.Errorf("the way out is %q, want %q", model.HintOf(err), want)
			}
		})
	}
}
