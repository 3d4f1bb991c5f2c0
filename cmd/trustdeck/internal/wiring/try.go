package wiring

import (
	"context"
	"net/url"
	"sync"

	"trustdeck/cmd/trustdeck/internal/settings"
	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/remote/transport"
	"trustdeck/tui/text"
)

// Found is what a try of a server has found out.
type Found struct {
	// Server is its URL, and Kind what it is.
	Server, Kind string
	// TLS says how it proves who it is, and Login whether it wants to know who asks.
	TLS, Login string
	// Repositories is how many there are; -1 where it does not tell.
	Repositories int
	// Unlisted is why it does not tell; nil where it does.
	Unlisted error
}

// Lines are what was found, in sentences.
func (f Found) Lines() []string {
	out := []string{f.Server + " answers: " + f.Kind, f.TLS, f.Login}
	if f.Repositories >= 0 {
		return append(out, "It lists "+text.Count(f.Repositories, "repository"))
	}
	return append(out, "It doesn't list its repositories")
}

// Try asks a server whether it can be used, by real requests: whether it is a Notary server
// whose certificate is trusted, and whether it lets the user in. The error is why it cannot
// be used, with the way out.
func Try(ctx context.Context, s settings.Settings, events *admin.Log, agent string) (Found, error) {
	servers, err := newServers(s, events, agent)
	if err != nil {
		return Found{}, err
	}
	watched := &watchedLogins{from: servers.credentials}
	servers.credentials = watched
	remote, err := servers.at(s.Server)
	if err != nil {
		return Found{}, err
	}
	out := Found{Server: s.Server, Kind: "a Notary server", Repositories: -1, TLS: tlsWords(s)}
	if err := remote.Ping(ctx); err != nil {
		return out, err
	}
	listed, err := remote.Repositories(ctx)
	switch kind := model.KindOf(err); {
	case err == nil:
		out.Repositories = len(listed)
	case kind == model.FaultUnauthorized || kind == model.FaultNotFound:
		out.Unlisted = err
	default:
		return out, err
	}
	out.Login = watched.words()
	return out, nil
}

func tlsWords(s settings.Settings) string {
	u, err := url.Parse(s.Server)
	switch {
	case err == nil && u.Scheme == "http":
		return "No TLS: anyone on the network can read its answers and hold them back"
	case s.TLS.SkipVerify:
		return "TLS, but its certificate is not checked"
	case s.TLS.CACert != "":
		return "TLS, with a CA in " + s.TLS.CACert
	default:
		return "TLS, with a CA from this machine or Docker's folder"
	}
}

// watchedLogins note whether a login was looked for, and found.
type watchedLogins struct {
	from         transport.Credentials
	mu           sync.Mutex
	asked, found bool
}

// Find looks a registry up.
func (w *watchedLogins) Find(ctx context.Context, registry string) (transport.Login, error) {
	login, err := w.from.Find(ctx, registry)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.asked, w.found = true, w.found || !login.Empty()
	return login, err
}

func (w *watchedLogins) words() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case w.found:
		return "It requires authentication, and accepts docker's login for it"
	case w.asked:
		return "It requires authentication for some requests, but there is no login for it"
	default:
		return "It requires no authentication"
	}
}
