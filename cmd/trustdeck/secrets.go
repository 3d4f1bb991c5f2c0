package main

import (
	"context"
	"strings"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/tui/flow"
)

// secrets takes passphrases from the environment, and else from the terminal,
// which does not show them.
type secrets struct {
	app *app
	// silent asks nobody.
	silent bool
	// opened tries what has opened a key on the next one.
	opened flow.Opened
}

var _ admin.Secrets = (*secrets)(nil)

// Ask returns a passphrase. One of the environment that is wrong ends the command:
// asking again would give the same.
func (s *secrets) Ask(ctx context.Context, ask admin.SecretAsk) ([]byte, error) {
	names := flow.VariablesFor(ask)
	for _, name := range names {
		value := s.app.world.Getenv(name)
		if value == "" {
			continue
		}
		if ask.Wrong != nil {
			return nil, s.wrongVariable(ask, name, value)
		}
		return []byte(value), nil
	}
	if s.silent || !s.app.interactive {
		return nil, &model.Fault{
			Kind: model.FaultSecret, Subject: flow.AskedFor(ask), Text: "there is no passphrase, and nobody can be asked",
			Hint: "Set " + strings.Join(names, " or ") + ".",
		}
	}
	s.opened.Next = person{s.app}
	return s.opened.Ask(ctx, ask)
}

// Wipe forgets all passphrases.
func (s *secrets) Wipe() { s.opened.Wipe() }

// person is whoever sits at the terminal.
type person struct{ app *app }

// Ask asks on a line.
func (p person) Ask(ctx context.Context, ask admin.SecretAsk) ([]byte, error) {
	return p.app.lines().Passphrase(ctx, ask)
}

// wrongVariable says what is wrong with a passphrase of the environment.
func (s *secrets) wrongVariable(ask admin.SecretAsk, name, value string) error {
	f := &model.Fault{
		Kind: model.FaultSecret, Subject: flow.AskedFor(ask), Text: "the passphrase in " + name + " does not open it", Err: ask.Wrong,
		Hint: "Correct the variable, or unset it to be asked.",
	}
	if s.silent || !s.app.interactive {
		f.Hint = "Correct the variable."
	}
	if strings.TrimSpace(value) != value {
		f.Text += ": it begins or ends with white space, such as a line break"
	}
	if ask.New {
		f.Text = name + " cannot be used: " + ask.Wrong.Error()
		f.Hint = model.HintOf(ask.Wrong)
	}
	return f
}
