package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"strings"

	"golang.org/x/term"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/tui/flow"
	"trustdeck/tui/text"
)

// secrets takes passphrases from the environment, and else from the terminal,
// which does not show them.
type secrets struct {
	app *app
	// silent asks nobody.
	silent bool
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
	if ask.Wrong != nil {
		fmt.Fprintln(s.app.err, text.Sentence(text.Clean(ask.Wrong.Error())))
	}
	return s.prompt(ctx, ask)
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

// minPrompted is how many characters a new passphrase must have that somebody types,
// as at the prompts of notary and docker.
const minPrompted = 8

// prompt asks on the terminal; a new passphrase is asked for twice.
func (s *secrets) prompt(ctx context.Context, ask admin.SecretAsk) ([]byte, error) {
	for {
		first, err := s.hidden(ctx, text.Clean(flow.AskedFor(ask))+": ")
		if err != nil || !ask.New {
			return first, err
		}
		if len(first) < minPrompted {
			clear(first)
			fmt.Fprintf(s.app.err, "It has fewer than %d characters, and so many are needed. Another one:\n", minPrompted)
			continue
		}
		second, err := s.hidden(ctx, "The same again: ")
		if err != nil {
			clear(first)
			return nil, err
		}
		same := bytes.Equal(first, second)
		clear(second)
		if same {
			return first, nil
		}
		clear(first)
		fmt.Fprintln(s.app.err, "They are not the same. Once more:")
	}
}

// hidden reads a line that the terminal does not show.
func (s *secrets) hidden(ctx context.Context, question string) ([]byte, error) {
	if err := context.Cause(ctx); err != nil {
		return nil, err
	}
	fmt.Fprint(s.app.err, question)
	state, err := term.GetState(int(os.Stdin.Fd()))
	if err != nil {
		return nil, err
	}
	type answer struct {
		line []byte
		err  error
	}
	done := make(chan answer, 1)
	go func() {
		line, err := term.ReadPassword(int(os.Stdin.Fd()))
		done <- answer{line, err}
	}()
	select {
	case typed := <-done:
		fmt.Fprintln(s.app.err)
		return typed.line, typed.err
	case <-ctx.Done():
		// A signal while the terminal is silent must not leave it so, and must not
		// wait until somebody presses enter.
		_ = term.Restore(int(os.Stdin.Fd()), state)
		fmt.Fprintln(s.app.err)
		return nil, context.Cause(ctx)
	}
}

// agree asks whether a plan is to be executed.
func (a *app) agree(ctx context.Context, yes bool) (bool, error) {
	if yes {
		return true, nil
	}
	if !a.interactive {
		return false, usageError("nobody can be asked whether the plan is accepted", "Give --yes to accept it, or -f FILE to save it.")
	}
	fmt.Fprint(a.err, "\nType yes to execute the plan: ")
	line, err := readLine(ctx, a.in)
	return strings.TrimSpace(line) == "yes", err
}
