package flow

import (
	"slices"
	"strings"

	"trustdeck/model/port"
	"trustdeck/tui/secrets"
	"trustdeck/tui/text"
)

// Help explains the open question: what is asked and why, what holds without an answer, an
// example, and how a command is given the answer.
func (m *Machine) Help() []Section {
	s := m.Step()
	out := []Section{
		{Head: "QUESTION", Lines: []string{s.Question}},
		{Head: "WHY", Lines: []string{s.Help}},
		{Head: "WITHOUT AN ANSWER", Lines: []string{m.without()}},
	}
	if s.Example != "" {
		out = append(out, Section{Head: "EXAMPLE", Lines: []string{s.Example}})
	}
	if s.Flag != "" {
		out = append(out, Section{Head: "ON THE COMMAND LINE", Lines: []string{"--" + s.Flag + " " + m.sample()}})
	}
	return out
}

// without says what an empty answer means.
func (m *Machine) without() string {
	s := m.Step()
	var usual []string
	if s.Default != nil {
		usual = slices.DeleteFunc(s.Default(m.facts, m.answers), func(line string) bool { return line == "" })
	}
	switch {
	case len(usual) > 0:
		return "The default: " + strings.Join(m.labels(usual), ", ")
	case m.Optional() && s.Without != "":
		return s.Without
	case m.Optional():
		return "You can leave this question empty."
	default:
		return "There is no default: this question needs an answer."
	}
}

// labels are what options are called, where values are those of options.
func (m *Machine) labels(values []string) []string {
	options, out := m.Options(), slices.Clone(values)
	for i, value := range out {
		if at := slices.IndexFunc(options, func(o Option) bool { return o.Value == value }); at >= 0 {
			out[i] = options[at].Label
		}
	}
	return out
}

// sample is an answer as a flag takes it.
func (m *Machine) sample() string {
	if options := m.Options(); len(options) > 0 {
		return options[0].Value
	}
	value, _, _ := strings.Cut(m.Step().Example, " ")
	return value
}

// SecretHelp explains which passphrase is asked for, what becomes of it, and where else it
// may come from; about is what must be known of its key.
func SecretHelp(ask port.SecretAsk, about []string) []Section {
	wanted := Section{Head: "QUESTION", Lines: []string{text.Sentence(secrets.AskedFor(ask))}}
	typed := Section{Head: "WHAT YOU TYPE", Lines: []string{
		"trustdeck doesn't show, log or store it, and wipes it when the key has signed.",
	}}
	if ask.New {
		typed.Lines[0] = "trustdeck doesn't show or log it. You type it twice, to be sure."
	}
	out := []Section{wanted}
	if len(about) > 0 {
		out = append(out, Section{Head: "GOOD TO KNOW", Lines: about})
	}
	out = append(out, typed)
	if names := secrets.VariablesFor(ask); len(names) > 0 {
		out = append(out, Section{Head: "WITHOUT A PROMPT", Lines: []string{"Set " + text.List(names) + "; the first one that is set is used."}})
	}
	return out
}
