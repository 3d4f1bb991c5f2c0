package flow

import (
	"maps"
	"slices"
	"strings"

	"trustdeck/model/display"
	"trustdeck/tui/text"
)

// Command is the command that walks through a flow: it lets Machine.Command write what
// people have answered as a command line.
type Command struct {
	// Words name the command, with flags that it always takes: context, add, --use.
	Words []string
	// Arguments are the IDs of the answers that are its arguments, in order. Every other
	// answer is given by the flag of its step, or by a switch.
	Arguments []string
	Switches  []Switch
	// Imply adds to answers that are given by flags those that follow from them; nil where
	// none do.
	Imply func(Answers)
	// Unasked is true for a command that has no --yes: it asks for no confirmation, or for what is
	// typed at a terminal alone.
	Unasked bool
}

// Switch is a flag without a value. It stands for one value of the answer with an ID.
type Switch struct{ ID, Value, Flag string }

// Program is how a command line begins.
type Program struct {
	// Setup is a shell command that must succeed first; empty is none.
	Setup string
	// None is true where what is changed is in this program alone, so that no command reaches it.
	None bool
	// Words are flags that the program was started with, and that decide what a command
	// is about.
	Words []string
	// Spell is how a command names a repository; nil is by its name.
	Spell func(name string) string
	// Verbatim reports whether the name of a repository is read as it is only with --gun;
	// nil is never.
	Verbatim func(name string) bool
}

// programName is the first word of each command line.
const programName = "trustdeck"

// CommandLine is the command that comes to the same outcome without a question, as somebody
// would type it in a shell: usual answers are left out, and it has no secret. It is empty
// before there is an outcome, and where no command line says what was answered.
func (m *Machine) CommandLine() string {
	if m.outcome == nil {
		return ""
	}
	return m.command
}

// commandLine is the command line for the answers as they are.
func (m *Machine) commandLine() string {
	words := m.commandWords()
	quoted := make([]string, len(words))
	for i, word := range words {
		if text.Clean(word) != word {
			return "" // it could not be shown as it is
		}
		quoted[i] = quote(word)
	}
	line := strings.Join(quoted, " ")
	if setup := m.facts.Program.Setup; setup != "" && line != "" {
		line = setup + " && " + line
	}
	return line
}

// quote writes a word for a shell, which still finds the home folder where the word begins
// with it.
func quote(word string) string {
	if rest, ok := strings.CutPrefix(word, "~/"); ok && rest != "" {
		return "~/" + display.ShellWord(rest)
	}
	return display.ShellWord(word)
}

// commandWords are the words of the command line; none where there is no such command.
func (m *Machine) commandWords() []string {
	c := m.flow.Command
	if c == nil || m.facts.Program.None {
		return nil
	}
	said, ok := m.spelled(c)
	if !ok {
		return nil
	}
	out := slices.Concat([]string{programName}, m.facts.Program.Words, c.Words, m.switches(c, said))
	for i := range m.flow.Steps {
		s := &m.flow.Steps[i]
		if slices.Contains(c.Arguments, s.ID) {
			continue
		}
		for _, value := range m.values(s, said) {
			if strings.HasPrefix(value, "-") {
				out = append(out, "--"+s.Flag+"="+value)
				continue
			}
			out = append(out, "--"+s.Flag, value)
		}
	}
	if verbatim := m.facts.Program.Verbatim; verbatim != nil && slices.ContainsFunc(m.answers.Values[m.naming()], verbatim) {
		out = append(out, "--gun")
	}
	if !c.Unasked {
		out = append(out, "--yes")
	}
	var arguments []string
	for _, id := range c.Arguments {
		s := m.flow.step(id)
		if s == nil {
			continue
		}
		for _, value := range m.values(s, said) {
			if spell := m.facts.Program.Spell; spell != nil && s.Names {
				value = spell(value)
			}
			arguments = append(arguments, value)
		}
	}
	if slices.ContainsFunc(arguments, func(a string) bool { return strings.HasPrefix(a, "-") }) {
		out = append(out, "--")
	}
	return append(out, arguments...)
}

// naming is the ID of the answer that names repositories.
func (m *Machine) naming() string {
	for i := range m.flow.Steps {
		if m.flow.Steps[i].Names {
			return m.flow.Steps[i].ID
		}
	}
	return ""
}

// step is the one with this ID; nil where there is none.
func (f *Flow) step(id string) *Step {
	for i := range f.Steps {
		if f.Steps[i].ID == id {
			return &f.Steps[i]
		}
	}
	return nil
}

// spelled are the answers that the command line must give. ok is false where there is an
// answer that it cannot give.
//
// It goes backwards: what is usual depends on the answers before, which are there whether
// they are given or not, and can depend on later ones that are given beforehand.
func (m *Machine) spelled(c *Command) (said Answers, ok bool) {
	said = Answers{Values: map[string][]string{}, Files: m.answers.Files}
	for i := len(m.flow.Steps) - 1; i >= 0; i-- {
		s := &m.flow.Steps[i]
		have := m.answers.Values[s.ID]
		if !s.asked(m.facts, m.answers) || s.kept(have, m.usual(c, i, said)) && !s.Implies && !m.fills(c, s, said) {
			continue
		}
		if s.Flag == "" && !slices.Contains(c.Arguments, s.ID) && !switched(c, s, have, implied(c, said)) {
			return said, false
		}
		if len(have) > 0 && have[0] != "" {
			said.Values[s.ID] = have
		} else if !s.kept(nil, m.usual(c, i, said)) {
			return said, false // no flag says that there is no answer
		}
	}
	return said, true
}

// fills reports whether an answer is an argument that must be there: any but a choice of
// several behind which none stands.
func (m *Machine) fills(c *Command, s *Step, said Answers) bool {
	at := slices.Index(c.Arguments, s.ID)
	return at >= 0 && (s.Kind != Several || slices.ContainsFunc(c.Arguments[at+1:], func(id string) bool { return len(said.Values[id]) > 0 }))
}

// usual is the answer to a question that the command comes to where the answer is not
// given, and later ones are as said.
func (m *Machine) usual(c *Command, at int, said Answers) []string {
	s := &m.flow.Steps[at]
	if lines := implied(c, said).Values[s.ID]; len(lines) > 0 || s.Default == nil {
		return lines
	}
	known := said.clone()
	for i := range m.flow.Steps[:at] {
		if before := &m.flow.Steps[i]; before.asked(m.facts, m.answers) {
			known.Values[before.ID] = m.answers.Values[before.ID]
		}
	}
	return s.Default(m.facts, known)
}

// implied are answers that are given, with those that follow from them.
func implied(c *Command, said Answers) Answers {
	out := Answers{Values: maps.Clone(said.Values)}
	if c.Imply != nil {
		c.Imply(out)
	}
	return out
}

// kept reports whether two answers are the same. The order of several that are chosen does
// not matter.
func (s *Step) kept(have, usual []string) bool {
	none := func(line string) bool { return line == "" }
	have, usual = slices.DeleteFunc(slices.Clone(have), none), slices.DeleteFunc(slices.Clone(usual), none)
	if s.Kind == Several {
		slices.Sort(have)
		slices.Sort(usual)
	}
	return slices.Equal(have, usual)
}

// switched reports whether switches give what other flags do not imply of an answer.
func switched(c *Command, s *Step, have []string, with Answers) bool {
	for _, value := range have {
		if !slices.Contains(with.Values[s.ID], value) && c.find(s.ID, value) == "" {
			return false
		}
	}
	return len(have) > 0
}

// find is the switch for a value of an answer; empty where there is none.
func (c *Command) find(id, value string) string {
	for _, s := range c.Switches {
		if s.ID == id && s.Value == value {
			return s.Flag
		}
	}
	return ""
}

// switches are those that are set. One can stand for an answer that no question asks for.
func (m *Machine) switches(c *Command, said Answers) []string {
	var out []string
	for _, s := range c.Switches {
		values := said.Values[s.ID]
		if m.flow.step(s.ID) == nil {
			values = m.answers.Values[s.ID]
		}
		if slices.Contains(values, s.Value) {
			out = append(out, "--"+s.Flag)
		}
	}
	return out
}

// values are the words that give an answer as an argument or by its flag.
func (m *Machine) values(s *Step, said Answers) []string {
	lines, ok := said.Values[s.ID]
	if !ok || s.Flag == "" && !slices.Contains(m.flow.Command.Arguments, s.ID) {
		return nil
	}
	if s.Spell != nil {
		return s.Spell(m.facts, m.answers)
	}
	return lines
}
