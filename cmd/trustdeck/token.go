package main

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"trustdeck/model"
	"trustdeck/model/admin/tokens"
	"trustdeck/model/port"
	"trustdeck/model/report"
	"trustdeck/tui/flow"
	"trustdeck/tui/flows"
)

// tokenBackend is what the flows that change tokens are given of a session.
type tokenBackend struct {
	*tokens.Service
	app     *app
	session *session
	noted
}

var _ flows.Tokens = (*tokenBackend)(nil)

// tokenFlows returns what the flows that change tokens need; nil where the session shows an
// archive, or another time than now.
func (a *app) tokenFlows(s *session) flows.Tokens {
	if s.Settings.Archive != "" || !s.Settings.At.IsZero() {
		return nil
	}
	return a.tokenBackend(s)
}

func (a *app) tokenBackend(s *session) *tokenBackend {
	return &tokenBackend{Service: &tokens.Service{Stores: s.Tokens()}, app: a, session: s, noted: noted{by: a}}
}

// Facts lists the tokens that are plugged in.
func (d *tokenBackend) Facts(ctx context.Context) (flow.Facts, error) {
	found, err := d.Plugged(ctx)
	program := d.app.program(d.session)
	program.None = d.session.Demo != nil // the practice token is in memory
	return flow.Facts{Dialect: d.session.DialectOf(""), Tokens: found, Practice: d.session.Practice(), Program: program, Now: d.app.now()}, err
}

// Variable knows no PIN: a wrong one costs a try.
func (*tokenBackend) Variable(port.SecretAsk) (value []byte, name string) { return nil, "" }

// ChangePIN replaces a PIN, and remembers the answer about it.
func (d *tokenBackend) ChangePIN(ctx context.Context, serial string, run tokens.Run) (*model.Token, error) {
	changed, err := d.Service.ChangePIN(ctx, serial, run)
	if changed != nil {
		d.note(report.NewTokenPIN(changed))
	}
	return changed, err
}

func newToken(a *app) *cobra.Command {
	parent := &cobra.Command{
		Use: "token", Short: "Change tokens", Long: "Commands that change a token. trustdeck tokens lists those that are plugged in.",
		Example: "  trustdeck token pin",
		Args:    arguments("", 0, 0),
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	parent.AddCommand(newTokenPIN(a))
	return parent
}

func newTokenPIN(a *app) *cobra.Command {
	c := &change{app: a, flow: flows.TokenPIN(nil)}
	return c.tokenCommand("pin [SERIAL]", "Change the PIN of a token",
		`Replaces the PIN of a token. trustdeck shows which token it is and how many tries are left,
asks for the present PIN, and twice for the new one, which has 6 to 8 characters. It tries no
PIN that you haven't typed, none twice, and the last try only after you have confirmed that.
Keys stay as they are.

If the PIN is blocked, the PUK unblocks it: ykman piv access unblock-pin.`,
		`  trustdeck token pin
  trustdeck token pin 1234567`)
}

// tokenCommand makes the command of a flow that changes a token. It has no --yes: PINs are typed at
// a terminal alone.
func (c *change) tokenCommand(use, short, long, example string) *cobra.Command {
	cmd := &cobra.Command{
		Use: use, Short: short, Example: example, Args: arguments("a serial number", 0, 1),
		Long: long + `

SERIAL is the number of the token; it can be left out if only one is plugged in. trustdeck
asks for what you don't give: on the full screen, or line by line with --plain. It needs a
terminal, because it takes PINs from nowhere else.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if !c.app.interactive {
				return usageError("trustdeck can't ask for the PIN here", "Run the command on a terminal.")
			}
			s, err := c.app.session()
			if err != nil {
				return err
			}
			given := flow.Answers{Values: map[string][]string{}}
			if len(args) > 0 {
				given.Values[flows.Token] = args
			}
			if err := c.given(cmd, given); err != nil {
				return err
			}
			return c.runToken(cmd.Context(), s, given)
		},
	}
	c.addFlags(cmd)
	c.app.addDetails(cmd)
	c.app.addOutput(cmd)
	return cmd
}

// runToken walks through a flow that changes a token.
func (c *change) runToken(ctx context.Context, s *session, given flow.Answers) error {
	backend := c.app.tokenBackend(s)
	ports := flows.Ports{Tokens: backend}
	c.flow = flows.All(ports).Find(c.flow.ID)
	err := c.through(ctx, given, func() error {
		return c.walk(ctx, s, ports, func() string { return "" }, given)
	})
	return errors.Join(err, backend.said())
}
