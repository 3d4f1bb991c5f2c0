package flows

import (
	"slices"
	"strings"

	"trustdeck/tui/flow"
)

// command is the command of a flow, with the answers that are its arguments.
func command(words string, arguments ...string) *flow.Command {
	return &flow.Command{Words: strings.Fields(words), Arguments: arguments, Imply: Implied}
}

// switched adds a switch to a command, for a value of an answer.
func switched(c *flow.Command, id, value, flag string) *flow.Command {
	c.Switches = append(c.Switches, flow.Switch{ID: id, Value: value, Flag: flag})
	return c
}

// spellRoles names roles of several repositories by their names alone where that means the
// same.
func spellRoles(f flow.Facts, a flow.Answers) []string {
	var plain []string
	for _, value := range a.Values[roles] {
		if _, role := roleIn(a, value); !slices.Contains(plain, string(role)) {
			plain = append(plain, string(role))
		}
	}
	if len(a.Values[repositories]) == 0 {
		return a.Values[roles]
	}
	all := flow.Answers{Values: map[string][]string{repositories: a.Values[repositories], roles: plain}}
	if meant := resolveRoles(f, all, a.Values[repositories]); slices.Equal(slices.Sorted(slices.Values(meant)), slices.Sorted(slices.Values(a.Values[roles]))) {
		return plain
	}
	return a.Values[roles]
}

// spellNumbers names staged changes by their numbers.
func spellNumbers(id string) func(flow.Facts, flow.Answers) []string {
	return func(_ flow.Facts, a flow.Answers) []string {
		var out []string
		for _, value := range a.Values[id] {
			out = append(out, strings.TrimPrefix(value, entrySign))
		}
		return out
	}
}
