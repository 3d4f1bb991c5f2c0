package wiring

import (
	"context"
	"crypto/tls"
	"net/url"

	"trustdeck/cmd/trustdeck/internal/settings"
	"trustdeck/model/admin"
	"trustdeck/model/port"
	"trustdeck/remote/notaryserver"
	"trustdeck/remote/registry"
	"trustdeck/remote/transport"
)

// servers makes clients that share settings.
type servers struct {
	settings    settings.Settings
	credentials transport.Credentials
	events      *admin.Log
	agent       string
}

// newServers finds the credentials. Those of NOTARY_AUTH are for one server:
// where each registry has its own, they would be handed to strangers.
func newServers(s settings.Settings, events *admin.Log, agent string) (*servers, error) {
	out := &servers{settings: s, events: events, agent: agent}
	var err error
	if s.NotaryAuth != "" && s.Server != "" {
		out.credentials, err = transport.ParseNotaryAuth(string(s.NotaryAuth))
	} else {
		out.credentials, err = transport.NewDockerCredentials(s.DockerConfig)
	}
	return out, err
}

// at makes the client of one server.
func (s *servers) at(server string) (port.Remote, error) {
	own := ""
	if u, err := url.Parse(server); err == nil {
		own = transport.HostPort(u)
	}
	variable := ""
	if s.settings.NotaryAuth != "" && s.settings.Server != "" {
		variable = "NOTARY_AUTH"
	}
	return notaryserver.New(notaryserver.Config{
		LoginVariable: variable,
		URL:           server, Authorities: s.settings.TLS.CACert, TLS: func(hostport string) (*tls.Config, error) { return s.tls(hostport, own) }, Credentials: s.credentials,
		Timeout: s.settings.Timeout, Parallel: s.settings.Parallel,
		UserAgent: s.agent, Log: s.events.Add,
	})
}

// tls returns what was given for one host. For the server that is what the user named,
// and beside it what is in Docker's folder; for any other host, such as one that gives
// out tokens, what is in the folder of that host. Authorities that the user named take
// the place of all others everywhere.
func (s *servers) tls(hostport, server string) (*tls.Config, error) {
	docker, err := transport.DockerTLS(s.settings.DockerConfig, hostport)
	if err != nil || s.settings.TLS == (settings.TLS{}) || docker == nil && hostport != server {
		return docker, err
	}
	named := transport.TLSFiles{CA: s.settings.TLS.CACert}
	if hostport == server {
		named = transport.TLSFiles{CA: s.settings.TLS.CACert, Cert: s.settings.TLS.Cert, Key: s.settings.TLS.Key, SkipVerify: s.settings.TLS.SkipVerify}
	}
	own, err := named.Config()
	if err != nil || docker == nil {
		return own, err
	}
	if own.RootCAs == nil {
		own.RootCAs = docker.RootCAs
	}
	if len(own.Certificates) == 0 {
		own.Certificates = docker.Certificates
	}
	return own, nil
}

// OpenRegistry joins the registries of docker: its logins and its certificates. An
// endpoint takes the place of all registries where it is not empty. What a user says
// about the trust server, such as NOTARY_AUTH, is not for them.
func OpenRegistry(s settings.Settings, events *admin.Log, agent, endpoint string) (*registry.Client, error) {
	return registry.New(registry.Config{
		Endpoint: endpoint, Credentials: dockerLogins(s.DockerConfig), Timeout: s.Timeout,
		TLS:       func(hostport string) (*tls.Config, error) { return registry.DockerTLS(s.DockerConfig, hostport) },
		UserAgent: agent, Log: events.Add,
	})
}

// dockerLogins is Docker's folder, which is looked into only when a registry wants to
// know who asks: what is wrong with it matters to nobody else, and a login that is
// made meanwhile counts.
type dockerLogins string

// Find looks a registry up.
func (d dockerLogins) Find(ctx context.Context, registry string) (transport.Login, error) {
	logins, err := transport.NewDockerCredentials(string(d))
	if err != nil {
		return transport.Login{}, err
	}
	return logins.Find(ctx, registry)
}
