package main

import (
	"context"
	"net/url"
	"strings"

	"github.com/spf13/cobra"

	"trustdeck/cmd/trustdeck/internal/settings"
	"trustdeck/model"
	"trustdeck/model/port"
	"trustdeck/tui/flow"
	"trustdeck/tui/flows"
	"trustdeck/tui/nav"
	"trustdeck/tui/screen"
)

// contextList are the contexts as screens show them.
type contextList struct {
	app     *app
	session *session
}

var _ screen.Contexts = contextList{}

// Used are the names of those that are in use.
func (l contextList) Used() []string {
	if len(l.session.Contexts) > 0 {
		return l.session.Contexts
	}
	return []string{l.session.Settings.Context}
}

// Split is the context of a repository and its name there.
func (l contextList) Split(gun model.GUN) (in string, name model.GUN) {
	return l.session.Unqualified(gun)
}

// List reads the contexts.
func (l contextList) List(context.Context) ([]screen.Context, error) {
	answer, err := l.app.contexts()
	if err != nil {
		return nil, err
	}
	out := make([]screen.Context, len(answer.Contexts))
	for i, c := range answer.Contexts {
		out[i] = screen.Context{Name: c.Name, Server: serverWords(c), TrustFolder: c.TrustFolder, File: c.File, Repositories: c.Repositories}
		if c.Fault != "" {
			out[i].Fault = usageError(c.Fault, "Correct the file, or remove the context: trustdeck context remove "+c.Name)
		}
	}
	return out, nil
}

// oneContext are the flags for the first of several contexts: the settings page shows one.
func (a *app) oneContext(s *session) settings.Flags {
	f := a.flags
	if len(s.Contexts) > 0 {
		f.Context = s.Contexts[0]
	}
	return f
}

// connections keeps servers that the user connects to.
type connections struct {
	app     *app
	session *session
}

var _ flows.Connections = (*connections)(nil)

// Facts are what is known before the first question.
func (c *connections) Facts(context.Context) (flow.Facts, error) {
	return flow.Facts{Dialect: c.session.DialectOf(""), Now: c.app.now()}, nil
}

// Variable knows no passphrase: none is asked for.
func (*connections) Variable(port.SecretAsk) (value []byte, name string) { return nil, "" }

// CheckServer says what is wrong with a URL.
func (*connections) CheckServer(text string) error { return settings.CheckServer(text) }

// CheckName says why a context cannot be called so.
func (*connections) CheckName(name string) error { return settings.CheckContextName(name) }

// Vacant says that there is a context of this name already.
func (c *connections) Vacant(name string) error {
	return settings.CheckNewContext(c.app.flags, c.app.world, name)
}

// Suggest is a name for a server: its host.
func (c *connections) Suggest(server string) string {
	u, err := url.Parse(server)
	if err != nil {
		return ""
	}
	name := strings.Trim(strings.Map(func(r rune) rune {
		if r == '.' || r == ':' {
			return '-'
		}
		return r
	}, u.Hostname()), "-")
	if c.CheckName(name) != nil {
		return ""
	}
	return name
}

// Try asks a server whether it can be used.
func (c *connections) Try(ctx context.Context, with flows.Connection) ([]string, error) {
	found, err := c.app.try(ctx, asContext(with, "new"), c.session.Events)
	if err != nil {
		return nil, err
	}
	return found.Lines(), nil
}

// Save keeps a server as the context in use.
func (c *connections) Save(ctx context.Context, with flows.Connection) (string, error) {
	added, err := settings.AddContext(ctx, c.app.flags, c.app.world, asContext(with, with.Name))
	if err != nil {
		return "", err
	}
	return added.File, c.app.useContext(ctx, added.Name)
}

func asContext(with flows.Connection, name string) settings.Context {
	return settings.Context{Name: name, Server: with.Server, TLS: settings.TLS{CACert: with.Authorities}}
}

// connect asks for the context that is to be added.
func (a *app) connect(cmd *cobra.Command, args []string) error {
	if !a.interactive && !a.plain() {
		return usageError("a context needs a server or repositories", "Name the server with --server URL, or a repository with --repository NAME=LOCATION.")
	}
	s, err := a.looking()
	if err != nil {
		return err
	}
	given := map[string][]string{}
	if len(args) > 0 {
		given[flows.ConnectName] = args
	}
	return a.ui(cmd.Context(), a, s, nav.Flow("connect", given))
}
