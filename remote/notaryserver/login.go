package notaryserver

import (
	"context"
	"strings"

	"trustdeck/model"
	"trustdeck/remote/transport"
)

// Docker Hub's registry as docker login names it, and its trust server.
const (
	hub       = "docker.io"
	hubServer = "notary.docker.io"
)

// registryOf is what docker login must name so that a request finds a login: the registry
// of the repository, where its name states one. What is asked of a server of one's own
// about anything else takes the login of that server, and own is true.
func (c *Client) registryOf(gun model.GUN) (registry string, own bool) {
	host, _, _ := strings.Cut(string(gun), "/")
	switch {
	case host != "localhost" && !strings.ContainsAny(host, ".:"), host == hub, host == "index."+hub:
		return c.account, c.account == c.base.Host
	default:
		return host, false
	}
}

// accountOf is the name under which docker login keeps the login of a server.
func accountOf(server string) string {
	if server == hubServer {
		return hub
	}
	return server
}

// logins finds the login of a registry, else that of the server itself. Where the registry
// is the server, a login to Docker Hub counts as docker has it count: for the repositories
// that it takes for Docker Hub's.
type logins struct {
	transport.Credentials
	account string
}

// Find looks a registry up.
func (l logins) Find(ctx context.Context, registry string) (transport.Login, error) {
	login, err := l.Credentials.Find(ctx, registry)
	if err != nil || !login.Empty() {
		return login, err
	}
	second := l.account
	if registry == l.account {
		second = hub
	}
	if second == registry {
		return login, nil
	}
	return l.Credentials.Find(ctx, second)
}
