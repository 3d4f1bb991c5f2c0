package main

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"trustdeck/cmd/trustdeck/internal/table"
	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/port"
	"trustdeck/model/report"
	"trustdeck/tui/text"
)

func newTokens(a *app) *cobra.Command {
	var lost string
	cmd := &cobra.Command{
		Use:   "tokens",
		Short: "List the tokens that are plugged in, and what their keys are used for",
		Long: `Lists the tokens that are plugged in: their firmware and form, how many tries PIN and PUK
have left, and for each slot the key, its IDs in every format, when it asks for the PIN
and a touch, where it was made, and which roles of the known repositories list it. Then
come findings, each with its fix. It costs no try of the PIN, and asks for no touch.
Tokens of PKCS #11 modules (--pkcs11) come last, with a line each.

--lost rehearses the loss of a token, on what is published now: for each role that lists
one of its keys, who can still sign, and what to do. It changes nothing.

The exit code is 1 if no token can be read; the message says why.`,
		Example: `  trustdeck tokens
  trustdeck tokens --lost 1234567
  # tokens with the factory PIN
  trustdeck tokens -o json | jq -r '.tokens[] | select(.pin.default == "yes") | .serial'`,
		Args: arguments("", 0, 0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := a.looking()
			if err != nil {
				return err
			}
			cmd.SetContext(port.OneReading(cmd.Context()))
			views, err := a.views(cmd.Context(), s, nil)
			if cmd.Context().Err() != nil {
				return err
			}
			tokens, fault := s.Service.Tokens(cmd.Context(), views)
			unread := a.unreadUses(views)
			others := s.Service.OtherTokens(cmd.Context())
			answer := report.NewTokens(tokens, others, fault, unread)
			if len(tokens) == 0 && slices.ContainsFunc(others, func(t admin.OtherToken) bool { return t.Fault == nil }) {
				fault = nil // the answer says why there is no other
			}
			if lost != "" {
				a.warnAll(err)
				losses, err := a.lose(cmd, s, tokens, views, lost)
				if err != nil {
					return errors.Join(err, asError(fault))
				}
				answer.Lose(lost, losses, views)
			}
			err = a.answer(answer, func() error { return a.writeTokens(answer, others) })
			return errors.Join(err, asError(fault))
		},
	}
	cmd.Flags().StringVar(&lost, "lost", "", "rehearse the loss of the token with this `SERIAL`")
	a.addOutput(cmd)
	return cmd
}

// asError is a fault as an error: nil for nil.
func asError(f *model.Fault) error {
	if f == nil {
		return nil
	}
	return f
}

// lose rehearses the loss of a token.
func (a *app) lose(cmd *cobra.Command, s *session, tokens []admin.TokenUse, views []admin.Look, serial string) ([]admin.TokenLoss, error) {
	for i := range tokens {
		if tokens[i].Serial != serial {
			continue
		}
		keys, err := s.Service.Keys(cmd.Context(), views)
		a.warnAll(err)
		return admin.LoseToken(&tokens[i], &admin.KeySurvey{Keys: keys, Looks: views}, holders(s), s.DialectOf), nil
	}
	return nil, usageError("no token with the serial "+serial+" is plugged in", "Plug it in: trustdeck reads from it which keys it has.")
}

func (a *app) writeTokens(answer report.Tokens, others []admin.OtherToken) error {
	if answer.Lost != nil {
		return a.writeLost(answer)
	}
	for i := range answer.Tokens {
		if i > 0 {
			if err := a.blankLine(); err != nil {
				return err
			}
		}
		if err := a.writeToken(&answer.Tokens[i]); err != nil {
			return err
		}
	}
	return a.writeOtherTokens(others, len(answer.Tokens) > 0)
}

// writeOtherTokens has a line for each token of a module, below the others where there are some.
func (a *app) writeOtherTokens(others []admin.OtherToken, below bool) error {
	if len(others) > 0 && below {
		if err := a.blankLine(); err != nil {
			return err
		}
	}
	for i := range others {
		if _, err := fmt.Fprintln(a.out, text.Clean(others[i].Name+": "+others[i].Says())); err != nil {
			return err
		}
	}
	return nil
}

// writeToken writes what a token is, its slots, and the findings about it.
func (a *app) writeToken(t *report.Token) error {
	var f table.Fields
	f.Put("token", t.Name)
	f.Put("product", t.Product)
	f.Put("form", t.Form)
	f.Put("firmware", t.Firmware)
	f.Put("reader", t.Reader)
	f.Put("PIN", secretWords(t.PIN))
	f.Put("PUK", secretWords(t.PUK))
	f.Put("management key", managementWords(t.Management))
	if err := f.Write(a.out); err != nil {
		return err
	}
	if len(t.Slots) > 0 {
		if err := a.writeSlots(t.Slots); err != nil {
			return err
		}
	}
	for _, finding := range t.Findings {
		if err := errors.Join(a.blankLine(), a.writeFinding(finding)); err != nil {
			return err
		}
	}
	return nil
}

func (a *app) writeSlots(slots []report.TokenSlot) error {
	t := table.New(
		table.Column{Title: "SLOT"}, table.Column{Title: "KEY ID"}, table.Column{Title: "ALGORITHM"}, table.Column{Title: "ORIGIN"},
		table.Column{Title: "PIN"}, table.Column{Title: "TOUCH"}, table.Column{Title: "CERTIFICATE", Flex: true},
		table.Column{Title: "COUNTS IN", Flex: true},
	)
	for _, s := range slots {
		id := ""
		if len(s.IDs) > 0 {
			id = model.KeyID(s.IDs[0]).Short()
		}
		certificate := s.Subject
		if s.State != model.SlotWhole.String() {
			certificate = s.State
		} else if !s.Expires.IsZero() {
			certificate += " until " + text.Date(s.Expires)
		}
		t.Row(s.ID, id, s.Algorithm, toldWord(s.Origin), toldWord(s.PIN), toldWord(s.Touch), certificate, usesOf(s.Uses))
	}
	if err := a.blankLine(); err != nil {
		return err
	}
	return t.Write(a.out, a.width)
}

// toldWord leaves out what the token doesn't tell.
func toldWord(word string) string {
	if word == model.PolicyUnknown.String() {
		return ""
	}
	return word
}

// secretWords say how a PIN or PUK stands.
func secretWords(s report.TokenSecret) string {
	words := "tries left unknown"
	switch {
	case s.TriesLeft != nil && s.Tries != nil:
		words = fmt.Sprintf("%d of %s left", *s.TriesLeft, tryWord(*s.Tries))
	case s.TriesLeft != nil:
		words = tryWord(*s.TriesLeft) + " left"
	}
	if s.Default == model.Yes.String() {
		words += ", from the factory"
	}
	return words
}

func tryWord(n int) string {
	if n == 1 {
		return "1 try"
	}
	return text.Number(n) + " tries"
}

func managementWords(m report.ManagementKey) string {
	var words []string
	if m.Algorithm != "" {
		words = append(words, m.Algorithm)
	}
	if m.Protected {
		words = append(words, "opened by the PIN")
	}
	if m.Default == model.Yes.String() {
		words = append(words, "from the factory")
	}
	return strings.Join(words, ", ")
}

// writeLost writes what the loss of a token means, role by role.
func (a *app) writeLost(answer report.Tokens) error {
	var out strings.Builder
	fmt.Fprintf(&out, "If token %s is lost:\n", text.Clean(answer.Lost.Serial))
	for _, sentence := range answer.Lost.Summary {
		fmt.Fprintf(&out, "    %s\n", sentence)
	}
	for _, r := range answer.Lost.Roles {
		fmt.Fprintf(&out, "\n%s\n    %s\n", text.Clean(r.Repository+" "+r.Role), text.Clean(r.Text))
		for _, step := range r.Plan {
			fmt.Fprintf(&out, "    %s\n", text.Clean(step))
		}
		if r.Command != "" {
			fmt.Fprintf(&out, "    %s\n", text.Clean(r.Command))
		}
	}
	_, err := io.WriteString(a.out, out.String())
	return err
}
