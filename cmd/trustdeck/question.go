package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"trustdeck/model"
	"trustdeck/tui/flow"
	"trustdeck/tui/text"
)

// question asks the open question of a flow on lines of the terminal, and hands the
// answer over. Help, options and defaults are the same as on the screen.
func (a *app) question(ctx context.Context, m *flow.Machine) (flow.Effect, error) {
	step := m.Step()
	if m.Problem() != nil {
		a.tell(text.Sentence(m.Problem().Error()))
	} else {
		a.tell("")
		a.tell(step.Question)
		a.tell("  " + step.Help)
	}
	options := m.Options()
	for i, o := range options {
		a.tell(fmt.Sprintf("  %d. %s. %s", i+1, o.Label, o.Help))
	}
	for {
		typed, err := a.typed(ctx, m, step)
		if err != nil {
			return flow.None, err
		}
		if typed == "b" || typed == "back" {
			if !m.Back() {
				a.tell("This is the first question.")
			}
			return flow.None, nil
		}
		if n, err := strconv.Atoi(typed); err == nil && len(options) > 0 {
			if n < 1 || n > len(options) {
				a.tell("There is no number " + typed + " here.")
				continue
			}
			typed = options[n-1].Value
		}
		return m.Answer(typed), nil
	}
}

// tell writes a line for people, cleaned.
func (a *app) tell(line string) { fmt.Fprintln(a.err, text.Clean(line)) }

// typed reads an answer: one line, or several up to an empty one.
func (a *app) typed(ctx context.Context, m *flow.Machine, step *flow.Step) (string, error) {
	prompt := "> "
	if s := m.Suggested(); len(s) > 0 && s[0] != "" {
		prompt = "[" + text.Clean(strings.Join(s, " ")) + "] > "
	}
	var lines []string
	for {
		fmt.Fprint(a.err, prompt)
		line, err := readLine(ctx, a.in)
		if err != nil {
			return "", err
		}
		line = strings.TrimSpace(line)
		if step.Kind == flow.Text || step.Kind == flow.Choice || line == "b" || line == "back" {
			return line, nil
		}
		if line == "" {
			return strings.Join(lines, "\n"), nil
		}
		lines = append(lines, line)
		prompt = "another one, or nothing > "
	}
}

// errNoAnswer says that a question is open and nobody can be asked.
func errNoAnswer(step *flow.Step) error {
	hint := "Name it on the command line."
	if step.Flag != "" {
		hint = "Give --" + step.Flag + "."
	}
	return &model.Fault{Kind: model.FaultUsage, Text: step.Question + " There is no answer, and nobody can be asked", Hint: hint}
}
