package main

import (
	"bytes"
	"context"
	"strings"

	"trustdeck/model"
	"trustdeck/model/port"
	"trustdeck/tui/secrets"
)

// secrets takes passphrases from the environment, and else from the terminal, which does
// not show them. Silent asks for no passphrase. A PIN comes from nowhere but the terminal, so it is
// asked for there all the same. A passphrase of the environment that is wrong ends the command: asking
// again would give the same.
func (a *app) secrets(silent bool) *secrets.Opened {
	p := person{a, silent}
	return &secrets.Opened{Variable: a.variable, Refuse: p.refuse, Next: p}
}

// variable is the first variable of the environment that has what is asked for.
func (a *app) variable(ask port.SecretAsk) (value []byte, name string) {
	for _, name := range secrets.VariablesFor(ask) {
		if value := a.world.Getenv(name); value != "" {
			return []byte(value), name
		}
	}
	return nil, ""
}

// person answers at the terminal, where somebody may be asked.
type person struct {
	app    *app
	silent bool
}

// absent reports whether nobody can be asked for a kind of secret.
func (p person) absent(kind port.SecretKind) bool {
	return !p.app.interactive || p.silent && kind == port.Passphrase
}

// Ask asks on a line.
func (p person) Ask(ctx context.Context, ask port.SecretAsk) ([]byte, error) {
	if p.absent(ask.Kind) {
		f := &model.Fault{
			Kind: model.FaultSecret, Subject: secrets.AskedFor(ask), Text: "there is no passphrase, and trustdeck can't ask for it",
			Hint: "Set " + strings.Join(secrets.VariablesFor(ask), " or ") + ".",
		}
		if ask.Kind != port.Passphrase {
			f.Text, f.Hint = "trustdeck can't ask for the "+secrets.Noun(ask)+" here", "Run the command on a terminal."
		}
		return nil, f
	}
	return p.app.lines().Passphrase(ctx, ask)
}

// refuse says what is wrong with a passphrase of the environment.
func (p person) refuse(ask port.SecretAsk, name string, value []byte) error {
	f := &model.Fault{
		Kind: model.FaultSecret, Subject: secrets.AskedFor(ask), Text: "the passphrase in " + name + " is wrong", Err: ask.Wrong,
		Hint: "Correct the variable, or unset it to be asked.",
	}
	if p.absent(ask.Kind) {
		f.Hint = "Correct the variable."
	}
	if len(bytes.TrimSpace(value)) != len(value) {
		f.Text += ": it starts or ends with white space, such as a line break"
	}
	if ask.New {
		f.Text = name + " cannot be used: " + ask.Wrong.Error()
		f.Hint = model.HintOf(ask.Wrong)
	}
	return f
}
