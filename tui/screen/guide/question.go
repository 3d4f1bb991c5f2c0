package guide

import (
	"errors"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"trustdeck/tui/flow"
	"trustdeck/tui/keymap"
	"trustdeck/tui/screen"
	"trustdeck/tui/widget"
)

// suggested is how many suggestions are shown at most.
const suggested = 6

// question is the open question with what has been typed and chosen so far.
type question struct {
	step *flow.Step
	// all are the suggestions of the step, fitting those that match what is
	// typed.
	all, fitting []string
	// paths are those that complete what is typed.
	paths []string
	// more counts those that fit and are not shown.
	more int
	// cursor is the selected one of the options that are shown, or the selected
	// suggestion; -1 is none.
	cursor  int
	choices choices
	// lines are those of an answer that may have several.
	lines []string
	field widget.Input
	// offered are lines that are being read and checked, next those that come after
	// them, and complete tells that the answer ends with them.
	offered, next []string
	complete      bool
	// described says of each line what it is, and optional that there may be none.
	described map[string][]string
	optional  bool
	// rows are the lines of the page on which options or suggestions stand.
	rows []span
	// touched tells that something was typed, chosen or answered by hand.
	touched bool
}

// span is from a line up to another one, which is no part of it.
type span struct{ from, to int }

// show takes the open question of the machine. One that is shown already keeps
// what has been typed.
func (q *question) show(m *flow.Machine) {
	step := m.Step()
	q.all, q.optional = m.Suggestions(), m.Optional()
	if step == q.step {
		q.choices.options = m.Options()
		q.arrange()
		q.correct(m.Problem())
		q.describe(m)
		q.fit()
		return
	}
	q.step, q.cursor, q.lines, q.offered = step, 0, nil, nil
	q.choices = newChoices(m.Options())
	q.next, q.complete, q.paths = nil, false, nil
	q.field = widget.NewInput("", "")
	given := m.Suggested()
	switch step.Kind {
	case flow.Text:
		q.field.SetValue(strings.Join(given, " "))
	case flow.Choice:
		q.arrange()
		q.find(func(o flow.Option) bool { return slices.Contains(given, o.Value) })
	case flow.Several:
		for _, value := range given {
			q.choices.marked[value] = true
		}
		q.arrange()
		if len(given) < len(q.choices.options) { // the first that is marked, where some are
			q.find(q.choices.partly)
		}
	case flow.List, flow.File, flow.Repositories:
		q.lines = slices.Clone(given)
		if step.Single && len(given) == 1 {
			q.lines = nil
			q.field.SetValue(given[0])
		}
	}
	q.describe(m)
	q.fit()
}

// describe takes what is known of the lines.
func (q *question) describe(m *flow.Machine) {
	q.described = map[string][]string{}
	for _, line := range q.lines {
		q.described[line] = m.Described(line)
	}
}

// judged takes the lines that were offered. One that is wrong comes back into the
// field, unless something else is typed there by now.
func (q *question) judged(problem error) {
	switch {
	case q.offered == nil:
		return
	case problem == nil:
		q.lines = append(q.lines, q.offered...)
	default:
		if len(q.offered) == 1 && q.field.Value() == "" {
			q.field.SetValue(q.offered[0])
		}
		q.next, q.complete = nil, false
	}
	q.offered = nil
}

// recall takes back what is offered: nobody waits for it any more.
func (q *question) recall() {
	if len(q.offered) == 1 && q.field.Value() == "" {
		q.field.SetValue(q.offered[0])
	}
	q.offered, q.next, q.complete = nil, nil, false
}

// correct puts the one line of a refused answer back into the field.
func (q *question) correct(problem error) {
	if problem != nil && len(q.lines) == 1 && q.field.Value() == "" {
		q.field.SetValue(q.lines[0])
		q.lines = nil
	}
}

// fit finds the suggestions for what is typed, and selects none: enter takes what
// was typed unless somebody has chosen otherwise.
func (q *question) fit() {
	q.fitting, q.more = nil, 0
	if q.step.Kind.Picked() {
		return
	}
	q.cursor = -1
	typed := strings.ToLower(q.field.Value())
	for _, s := range slices.Concat(q.all, q.paths) {
		switch {
		case !strings.Contains(strings.ToLower(s), typed), s == q.field.Value(), slices.Contains(q.lines, s):
		case len(q.fitting) < suggested:
			q.fitting = append(q.fitting, s)
		default:
			q.more++
		}
	}
}

// completed takes what completes the path in the field.
func (q *question) completed(c screen.Completion) {
	q.touched, q.paths = true, c.Paths
	q.field.SetValue(c.Text)
	q.fit()
}

// typing reports whether the question has a field.
func (q *question) typing() bool { return q.step != nil && !q.step.Kind.Picked() }

// errSeveralLines refuses a paste that would be joined to one line.
var errSeveralLines = errors.New("the pasted text has several lines, but only one is allowed; it was not used")

// edit takes a key or a paste for the field. Deleting in an empty field takes the
// last line back.
func (q *question) edit(msg tea.Msg) error {
	q.touched = true
	if paste, ok := msg.(tea.PasteMsg); ok {
		return q.paste(paste.Content)
	}
	key, _ := msg.(tea.KeyPressMsg)
	if key.Keystroke() == "backspace" && q.field.Value() == "" && len(q.lines) > 0 {
		q.field.SetValue(q.lines[len(q.lines)-1])
		q.lines = q.lines[:len(q.lines)-1]
	} else {
		q.field.Update(msg)
	}
	q.fit()
	return nil
}

// paste offers every line but the last as an answer; the last one stays in the
// field, where it can be looked at. Where one line is wanted, several are refused.
func (q *question) paste(content string) error {
	if widget.SeveralLines(content) && !q.step.Several() {
		return errSeveralLines
	}
	lines := strings.FieldsFunc(content, func(r rune) bool { return r == '\n' || r == '\r' })
	var offered []string
	for i, line := range lines {
		if i > 0 {
			q.field.SetValue("")
		}
		q.field.Update(tea.PasteMsg{Content: line})
		if i+1 < len(lines) {
			offered = q.with(offered, q.field.Value())
		}
	}
	q.next = append(q.next, offered...)
	q.fit()
	return nil
}

// with adds a line that is not there yet.
func (q *question) with(lines []string, line string) []string {
	line = strings.TrimSpace(line)
	for _, have := range [][]string{q.lines, q.offered, q.next, lines} {
		if slices.Contains(have, line) {
			return lines
		}
	}
	return append(lines, line)
}

// move moves among the options or suggestions. It reports false for moves that are
// not about them.
func (q *question) move(id keymap.ID) bool {
	n, least := len(q.choices.shown), 0
	if q.typing() {
		n, least = len(q.fitting), -1
	}
	switch id {
	case keymap.Up:
		q.cursor--
	case keymap.Down:
		q.cursor++
	case keymap.Top:
		q.cursor = least
	case keymap.Bottom:
		q.cursor = n - 1
	default:
		return false
	}
	q.cursor = max(min(q.cursor, n-1), least)
	q.touched = true
	return true
}

// enter reports whether the answer is complete. Where it may have several lines,
// what is in the field is offered as one of them first.
func (q *question) enter() bool {
	if q.step == nil {
		return false
	}
	q.touched = true
	if q.typing() && q.cursor >= 0 && q.cursor < len(q.fitting) {
		q.field.SetValue(q.fitting[q.cursor])
	}
	line := strings.TrimSpace(q.field.Value())
	if q.step.Kind.Picked() || q.step.Kind == flow.Text {
		return true
	}
	if q.step.Single && line != "" {
		q.lines = []string{line} // a refused one comes back into the field: see correct
		q.field.SetValue("")
		return true
	}
	if line == "" {
		q.complete = q.offered != nil
		return !q.complete
	}
	q.next = q.with(q.next, line)
	q.field.SetValue("")
	q.fit()
	return false
}

// empty reports whether nothing is named or marked where something is needed, or selected
// because the filter hides every choice.
func (q *question) empty() bool {
	if q.step.Kind == flow.Choice && len(q.choices.options) > 0 {
		_, ok := q.selected()
		return !ok
	}
	return q.step.Kind.Lines() && !q.step.Optional && q.typed() == ""
}

// typed is the answer as the machine takes it.
func (q *question) typed() string {
	switch q.step.Kind {
	case flow.Choice:
		if o, ok := q.selected(); ok {
			return o.Value
		}
		return ""
	case flow.Several:
		q.endRange()
		return strings.Join(q.choices.answer(), "\n")
	case flow.Text:
		return q.field.Value()
	default:
		return strings.Join(q.lines, "\n")
	}
}

// click selects what stands on a line of the page. It reports false where nothing does.
func (q *question) click(line int) bool {
	for i, row := range q.rows {
		if line >= row.from && line < row.to {
			q.cursor, q.touched = i, true
			q.toggle()
			return true
		}
	}
	return false
}
