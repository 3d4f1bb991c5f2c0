package flows

import (
	"context"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/port"
	"trustdeck/tui/flow"
	"trustdeck/tui/text"
)

// The answers of the flow that connects to a server.
const (
	connectServer    = "server"
	connectAuthority = "authority"
	connectLogin     = "login"
	// ConnectName is the name of the new context.
	ConnectName = "name"
)

// The answers to how to go on where a login is missing.
const (
	loginAgain   = "again"
	loginWithout = "without"
)

// Connections is what the flow that connects to a server is given. Its methods take their
// time and are called in the background only, but for the checks and Suggest, which touch nothing. Errors are for people.
type Connections interface {
	flow.Source
	// CheckServer and CheckName say what is wrong with a URL and with a name.
	CheckServer(url string) error
	CheckName(name string) error
	// Suggest is a name for a server; empty where there is none.
	Suggest(url string) string
	// Vacant says that there is a context of this name already.
	Vacant(name string) error
	// Try asks a server whether it can be used, and says in sentences what was found.
	Try(ctx context.Context, c Connection) (found []string, err error)
	// Save keeps the connection as the context in use. It returns where it is kept.
	Save(ctx context.Context, c Connection) (file string, err error)
}

// Connection is a server with the name under which it is kept. Authorities is the file of
// those that vouch for its certificate; empty for those of the machine.
type Connection struct{ Name, Server, Authorities string }

// What tries of a server have found: what it is, why its certificate is not trusted by
// itself, and why it does not let the user in.
type (
	trial   struct{ found []string }
	untried struct{ err error }
	noLogin struct{ err error }
)

// Connect finds out whether a server can be used, and keeps it as a context.
func Connect(c Connections) *flow.Flow {
	return &flow.Flow{
		ID: "connect", Title: "Connect to a server", Verb: "Save", Source: c,
		Command: &flow.Command{
			Words: []string{"context", "add", "--use"}, Arguments: []string{ConnectName}, Unasked: true,
			Switches: []flow.Switch{{ID: connectLogin, Value: loginWithout, Flag: "untried"}},
		},
		Steps: []flow.Step{
			{
				ID: connectServer, Flag: "server", Label: "Server", Question: "Which trust server do you want to connect to?", Example: "https://trust.example.org:4443", Kind: flow.Text,
				Help:  "Give its URL, such as https://trust.example.org:4443. trustdeck tries the server first, and writes nothing yet.",
				Check: func(_ flow.Facts, a flow.Answers) error { return c.CheckServer(a.First(connectServer)) },
				Inquire: func(_ flow.Facts, a flow.Answers) flow.Inquiry {
					return tried(c, Connection{Server: a.First(connectServer)}, true)
				},
			},
			{
				ID: connectAuthority, Flag: "tlscacert", Label: "Authority", Question: "Which file has the server's CA certificate?", Example: "ca.pem", Kind: flow.Text, Path: true,
				Help: "The server's certificate is not signed by a CA that this machine trusts. Give the PEM file of the CA that signed it. " +
					"Get it from the server's operator, never from the server itself: an attacker on the network could send it.",
				When: func(f flow.Facts, _ flow.Answers) bool { return flow.Known[untried](f).err != nil },
				Inquire: func(_ flow.Facts, a flow.Answers) flow.Inquiry {
					return tried(c, connection(a), false)
				},
			},
			{
				ID: connectLogin, Label: "Login", Question: "The server requires a login. How do you want to continue?", Kind: flow.Choice,
				Help: "The client's own credential store keeps logins; trustdeck never does.",
				When: func(f flow.Facts, _ flow.Answers) bool { return flow.Known[noLogin](f).err != nil },
				Options: func(f flow.Facts, _ flow.Answers) []flow.Option {
					return []flow.Option{
						{Value: loginAgain, Label: "Try again", Help: text.Sentence(model.HintOf(flow.Known[noLogin](f).err))},
						{Value: loginWithout, Label: "Continue without a login", Help: "You can read only what is public on the server. You can log in later without changing anything here."},
					}
				},
				Default: func(flow.Facts, flow.Answers) []string { return []string{loginAgain} },
				Inquire: func(_ flow.Facts, a flow.Answers) flow.Inquiry {
					if a.First(connectLogin) == loginWithout {
						return nil
					}
					return func(ctx context.Context, _ port.Interaction) (func(*flow.Facts), error) {
						found, err := c.Try(ctx, connection(a))
						return func(f *flow.Facts) { flow.Learn(f, trial{found}) }, err
					}
				},
			},
			{
				ID: ConnectName, Label: "Name", Question: "Under which name do you want to save it?", Example: "prod", Kind: flow.Text,
				Help:    "Letters, digits, - and _. The name selects the server with --context and in the list of contexts.",
				Default: func(_ flow.Facts, a flow.Answers) []string { return []string{c.Suggest(a.First(connectServer))} },
				Check:   func(_ flow.Facts, a flow.Answers) error { return c.CheckName(a.First(ConnectName)) },
				Inquire: func(_ flow.Facts, a flow.Answers) flow.Inquiry {
					return func(context.Context, port.Interaction) (func(*flow.Facts), error) {
						return func(*flow.Facts) {}, c.Vacant(a.First(ConnectName))
					}
				},
			},
		},
		Outcome: func(f flow.Facts, a flow.Answers) flow.Outcome {
			out := connecting{connections: c, connection: connection(a), found: flow.Known[trial](f).found}
			if a.First(connectLogin) == loginWithout {
				out.without = flow.Known[noLogin](f).err
			}
			return &out
		},
		Words: flow.Words{Surveying: "trying the server", Executing: "saving the context", Preparing: "Trying the server. Nothing is written."},
	}
}

func connection(a flow.Answers) Connection {
	return Connection{Name: a.First(ConnectName), Server: a.First(connectServer), Authorities: a.First(connectAuthority)}
}

// tried asks a server. A certificate that is not trusted leads to another question where
// that is still open, as a missing login does.
func tried(c Connections, with Connection, open bool) flow.Inquiry {
	return func(ctx context.Context, _ port.Interaction) (func(*flow.Facts), error) {
		found, err := c.Try(ctx, with)
		var unknown, login error
		switch kind := model.KindOf(err); {
		case kind == model.FaultTLS && open:
			unknown, err = err, nil
		case kind == model.FaultUnauthorized:
			login, err = err, nil
		}
		return func(f *flow.Facts) {
			flow.Learn(f, trial{found})
			flow.Learn(f, noLogin{login})
			if open {
				flow.Learn(f, untried{unknown})
			}
		}, err
	}
}

// connecting keeps a server that was tried.
type connecting struct {
	connections Connections
	connection  Connection
	found       []string
	// without is why the server could not be asked to the end, where a login is missing.
	without error
}

var _ flow.Outcome = (*connecting)(nil)

// Review says what was found, and what would be kept.
func (c *connecting) Review() flow.Review {
	more := []string{}
	if c.connection.Authorities != "" {
		more = append(more, "authorities: "+c.connection.Authorities)
	}
	out := flow.Review{
		Verdict: "Ready: trustdeck saves the server as a context, and uses it the next time it starts. It saves no password.",
		Table: flow.Table{
			Columns: []flow.Column{{Title: "CONTEXT"}, {Title: "SERVER", Word: "server"}},
			Rows:    []flow.Row{{Cells: []string{c.connection.Name, c.connection.Server}, More: more}},
		},
	}
	if c.without != nil {
		out.Facts = append(out.Facts, flow.Fact{Label: flow.Warning, Text: sentences(text.Sentence(c.without.Error()), text.Sentence(model.HintOf(c.without)))})
	}
	for _, line := range c.found {
		out.Facts = append(out.Facts, flow.Fact{Label: "Found", Text: line})
	}
	return out
}

// Ready reports that it can be kept.
func (*connecting) Ready() (ok bool, why string) { return true, "" }

// Steps is the one that there is.
func (c *connecting) Steps() []admin.Step {
	return admin.NewSteps("Save the context " + c.connection.Name)
}

// Do keeps the context.
func (c *connecting) Do(ctx context.Context, run flow.Run) (*flow.Report, error) {
	file := ""
	runner := admin.Runner{Steps: c.Steps(), Watch: run.Watch, Stop: run.Stop}
	if err := runner.Run(ctx, func(ctx context.Context) (err error) {
		file, err = c.connections.Save(ctx, c.connection)
		return err
	}); err != nil {
		return nil, err
	}
	return &flow.Report{
		Done: []string{"The context " + c.connection.Name + " is in " + file + "."}, Context: c.connection.Name,
		Usable: "The context is saved. trustdeck uses it the next time it starts.", Stepwise: true,
		Next: []string{"Switch to it to use it now. You can also switch later, in the list of contexts."},
	}, nil
}
