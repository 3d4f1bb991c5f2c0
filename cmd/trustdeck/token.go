package main

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"trustdeck/tui/flow"
	"trustdeck/tui/flows"
)

func newToken(a *app) *cobra.Command {
	parent := &cobra.Command{
		Use: "token", Short: "Change tokens", Long: "Commands that change a token. trustdeck tokens lists those that are plugged in.",
		Example: "  trustdeck token pin",
		Args:    arguments("", 0, 0),
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	parent.AddCommand(newTokenGenerate(a), newTokenImport(a), newTokenReplace(a), newTokenCertificate(a), newTokenAttest(a), newTokenPIN(a))
	return parent
}

func newTokenGenerate(a *app) *cobra.Command {
	c := &change{app: a, flow: flows.TokenGenerate(nil)}
	return c.tokenCommand("generate [SERIAL]", "Make a key on a token",
		`Has a token make a key in one of its slots, and a certificate that the key signs. The key
can't be copied from the token: there is no copy if the token is lost.

The key needs the PIN once while a program keeps the token open, and a touch for each
signature, unless you choose otherwise; both belong to the key and can't be changed later.
The management key of the token is asked for, unless the token keeps it behind its PIN, or
says that it still has the one from the factory.`,
		`  trustdeck token generate
  trustdeck token generate 1234567 --slot 9c --for root
  trustdeck token generate --algorithm ecdsa-p384 --public root.pub`)
}

func newTokenImport(a *app) *cobra.Command {
	c := &change{app: a, flow: flows.TokenImport(nil)}
	return c.tokenCommand("import [SERIAL]", "Put a key that exists on a token",
		`Copies a private key into a slot of a token: one of this machine, one in a file in PEM form,
or one in a backup. The key stays where it was; from the token it can't be copied back. In
the end the token signs once with the key, and trustdeck verifies that.

A slot with a certificate whose key is missing is repaired by importing that key into it.`,
		`  trustdeck token import
  trustdeck token import 1234567 --key 8a7b2c3d --slot 9c
  trustdeck token import --file /media/usb/trust-2026-11.tar --slot 9a`)
}

func newTokenReplace(a *app) *cobra.Command {
	c := &change{app: a, flow: flows.TokenReplace(nil)}
	return c.command("replace [REPO..]", "Have another key sign wherever those of a token may",
		`Replaces the keys of a token that is lost, or is not to be used any longer: in every role
of the repositories that lists one of them, the new key takes its place, all in one plan.
Other keys and thresholds stay. The new key is one of this machine, best one on the new
token: make it there first with trustdeck token generate.

A new root needs enough signatures of the old one's keys as well. If the old token is lost,
the other keys of the root must be enough: trustdeck tokens --lost SERIAL tells beforehand.`,
		`  trustdeck token replace registry.example.org/acme/app --old 8a7b2c3d --new 5f6e7d8c`,
		arguments("repositories", 0, -1), a.onlyRepositories)
}

func newTokenCertificate(a *app) *cobra.Command {
	c := &change{app: a, flow: flows.TokenCertificate(nil)}
	return c.tokenCommand("certificate [SERIAL]", "Write the certificate of a key on a token",
		`Has the key in a slot sign a new certificate for itself, and writes that into the slot. It
replaces one that expires or belongs to another key, and adds one where there is none. The
key stays as it is. notary and other programs find the keys on a token by their
certificates.`,
		`  trustdeck token certificate
  trustdeck token certificate 1234567 --slot 9c --for root`)
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

SERIAL is the number of the token. trustdeck asks for what you don't give, on the full screen
or line by line with --plain, and suggests the only token that is plugged in. It needs a
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
