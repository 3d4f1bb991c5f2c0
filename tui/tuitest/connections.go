package tuitest

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"

	"trustdeck/model"
	"trustdeck/model/port"
	"trustdeck/tui/flow"
	"trustdeck/tui/flows"
)

// The servers of Connections, and what is wrong with each.
const (
	OpenServer    = "https://open.example.org"
	PrivateServer = "https://private.example.org" // trusted with the file CAFile alone
	ClosedServer  = "https://closed.example.org"  // wants a login
	DownServer    = "https://down.example.org"
	CAFile        = "/etc/ssl/private.pem"
)

// Connections are servers that can be connected to. It satisfies flows.Connections.
type Connections struct {
	mu sync.Mutex
	// loggedIn tells that ClosedServer lets the user in.
	loggedIn bool
	saved    []flows.Connection
}

var _ flows.Connections = (*Connections)(nil)

// LogIn has ClosedServer let the user in.
func (c *Connections) LogIn() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.loggedIn = true
}

// Saved lists what was kept.
func (c *Connections) Saved() []flows.Connection {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.saved)
}

// Facts know the moment.
func (*Connections) Facts(context.Context) (flow.Facts, error) {
	return flow.Facts{Dialect: Dialect(), Now: Now}, nil
}

// Variable knows no passphrase.
func (*Connections) Variable(port.SecretAsk) (value []byte, name string) { return nil, "" }

// CheckServer takes URLs with https.
func (*Connections) CheckServer(url string) error {
	if !strings.HasPrefix(url, "https://") {
		return errors.New("this is not the URL of a server")
	}
	return nil
}

// CheckName takes a word.
func (*Connections) CheckName(name string) error {
	if strings.ContainsAny(name, " ./:@") {
		return errors.New("use letters, digits, - and _")
	}
	return nil
}

// Vacant says that "taken" is.
func (*Connections) Vacant(name string) error {
	if name == "taken" {
		return errors.New("the context taken is there already")
	}
	return nil
}

// Suggest is the first part of the host.
func (*Connections) Suggest(url string) string {
	name, _, _ := strings.Cut(strings.TrimPrefix(url, "https://"), ".")
	return name
}

// Try is what each server says.
func (c *Connections) Try(_ context.Context, with flows.Connection) ([]string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	fault := func(kind model.FaultKind, what, hint string) ([]string, error) {
		return nil, &model.Fault{Kind: kind, Subject: strings.TrimPrefix(with.Server, "https://"), Text: what, Hint: hint}
	}
	switch {
	case with.Server == DownServer:
		return fault(model.FaultUnreachable, "the connection was refused", "check that the server runs and that the port is right")
	case with.Server == PrivateServer && with.Authorities != CAFile:
		return fault(model.FaultTLS, "the server's certificate is not trusted: it is signed by an unknown authority", "name the file of its authority")
	case with.Server == ClosedServer && !c.loggedIn:
		return fault(model.FaultUnauthorized, "the server requires authentication", "log in first: login closed.example.org")
	default:
		return []string{with.Server + " answers: a trust server", "It lists 3 repositories"}, nil
	}
}

// Save keeps a connection.
func (c *Connections) Save(_ context.Context, with flows.Connection) (string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.saved = append(c.saved, with)
	return "/home/ada/.config/trustdeck/contexts/" + with.Name + ".toml", nil
}
