package guide

import (
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"trustdeck/tui/flow"
	"trustdeck/tui/keymap"
	"trustdeck/tui/text"
	"trustdeck/tui/theme"
	"trustdeck/tui/widget"
)

// suggested is how many suggestions are shown at most.
const suggested = 6

// question is the open question with what has been typed and chosen so far.
type question struct {
	step    *flow.Step
	options []flow.Option
	// all are the suggestions of the step, fitting those that match what is
	// typed.
	all, fitting []string
	// cursor is the selected option, or the selected suggestion; -1 is none.
	cursor int
	marked map[string]bool
	// lines are those of an answer that may have several.
	lines []string
	field widget.Input
	// rows are the lines of the page at which options or suggestions begin.
	rows []int
	// touched tells that something was typed or chosen by hand, answered that
	// an answer was given.
	touched, answered bool
}

// show takes the open question of the machine. One that is shown already keeps
// what has been typed.
func (q *question) show(m *flow.Machine) {
	step := m.Step()
	q.options, q.all = m.Options(), m.Suggestions()
	if step == q.step {
		q.fit()
		return
	}
	q.step, q.cursor, q.lines, q.marked = step, 0, nil, map[string]bool{}
	q.field = widget.NewInput("", "")
	given := m.Suggested()
	switch step.Kind {
	case flow.Text:
		q.field.SetValue(strings.Join(given, " "))
	case flow.Choice:
		q.cursor = max(slices.IndexFunc(q.options, func(o flow.Option) bool { return slices.Contains(given, o.Value) }), 0)
	case flow.Several:
		for _, value := range given {
			q.marked[value] = true
		}
	case flow.List, flow.File, flow.Repositories:
		q.lines = slices.Clone(given)
	}
	q.fit()
}

// fit finds the suggestions for what is typed.
func (q *question) fit() {
	q.fitting = nil
	if q.step.Kind.Picked() {
		return
	}
	typed := strings.ToLower(q.field.Value())
	for _, s := range q.all {
		if strings.Contains(strings.ToLower(s), typed) && s != q.field.Value() && !slices.Contains(q.lines, s) && len(q.fitting) < suggested {
			q.fitting = append(q.fitting, s)
		}
	}
	q.cursor = min(q.cursor, len(q.fitting)-1)
	if q.step.Kind == flow.Text || q.field.Value() == "" && len(q.lines) > 0 || !q.touched {
		q.cursor = -1
	}
}

// typing reports whether the question has a field.
func (q *question) typing() bool { return q.step != nil && !q.step.Kind.Picked() }

// edit takes a key or a paste for the field. Deleting in an empty field takes the
// last line back.
func (q *question) edit(msg tea.Msg) {
	q.touched = true
	if paste, ok := msg.(tea.PasteMsg); ok && q.step.Kind.Lines() {
		q.paste(paste.Content)
		return
	}
	key, _ := msg.(tea.KeyPressMsg)
	if key.Keystroke() == "backspace" && q.field.Value() == "" && len(q.lines) > 0 {
		q.field.SetValue(q.lines[len(q.lines)-1])
		q.lines = q.lines[:len(q.lines)-1]
	} else {
		q.field.Update(msg)
	}
	q.cursor = -1
	q.fit()
}

// paste takes every line but the last as an answer; the last one stays in the
// field, where it can be looked at.
func (q *question) paste(content string) {
	lines := strings.FieldsFunc(content, func(r rune) bool { return r == '\n' || r == '\r' })
	for i, line := range lines {
		q.field.Update(tea.PasteMsg{Content: line})
		if i+1 < len(lines) {
			q.add(q.field.Value())
		}
	}
	q.fit()
}

// add makes a line of what was typed or suggested.
func (q *question) add(line string) {
	if line = strings.TrimSpace(line); line != "" && !slices.Contains(q.lines, line) {
		q.lines = append(q.lines, line)
	}
	q.field.SetValue("")
	q.touched, q.cursor = true, -1
	q.fit()
}

// move moves among the options or suggestions. It reports false for moves that are
// not about them.
func (q *question) move(id keymap.ID) bool {
	n, least := len(q.options), 0
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

// toggle marks the selected option of several, or unmarks it.
func (q *question) toggle() {
	if q.step != nil && q.step.Kind == flow.Several && q.cursor < len(q.options) {
		value := q.options[q.cursor].Value
		q.marked[value] = !q.marked[value]
		q.touched = true
	}
}

// enter reports whether the answer is complete. Where it may have several lines,
// what is in the field becomes one of them first.
func (q *question) enter() bool {
	if q.step == nil {
		return false
	}
	switch q.step.Kind {
	case flow.List, flow.File, flow.Repositories:
		line := q.field.Value()
		if q.cursor >= 0 && q.cursor < len(q.fitting) {
			line = q.fitting[q.cursor]
		}
		if strings.TrimSpace(line) != "" {
			q.add(line)
			return false
		}
	case flow.Text:
		if q.cursor >= 0 && q.cursor < len(q.fitting) {
			q.field.SetValue(q.fitting[q.cursor])
		}
	case flow.Choice, flow.Several:
	}
	q.answered = true
	return true
}

// typed is the answer as the machine takes it.
func (q *question) typed() string {
	switch q.step.Kind {
	case flow.Choice:
		if q.cursor < len(q.options) {
			return q.options[q.cursor].Value
		}
		return ""
	case flow.Several:
		var out []string
		for _, o := range q.options {
			if q.marked[o.Value] {
				out = append(out, o.Value)
			}
		}
		return strings.Join(out, "\n")
	case flow.Text:
		return q.field.Value()
	default:
		return strings.Join(q.lines, "\n")
	}
}

// click selects what stands at a line of the page.
func (q *question) click(line int) {
	for i := len(q.rows) - 1; i >= 0; i-- {
		if line < q.rows[i] {
			continue
		}
		q.cursor, q.touched = i, true
		q.toggle()
		return
	}
}

// lines lays the question out. at is the place of the cursor.
func (q *question) lay(styles *theme.Styles, m *flow.Machine, width int) (lines widget.StaticText, atX, atY int) {
	doc := widget.NewDoc(styles, width)
	doc.Para(q.step.Question, theme.Strong)
	doc.Para(q.step.Help, theme.Dim)
	doc.Space()
	q.rows = nil
	if q.typing() {
		atX, atY = q.layField(styles, doc, width)
	} else {
		atY = q.layOptions(styles, doc)
	}
	if err := m.Problem(); err != nil {
		doc.Space()
		what, hint := text.Error(err)
		doc.Marked(theme.Mark{Glyph: styles.Glyphs.Broken, Tone: theme.Bad}, text.Sentence(text.Clean(what)))
		if hint != "" {
			doc.Indented(text.Sentence(text.Clean(hint)), theme.Accent)
		}
	}
	return doc.Lines(), atX, atY
}

// layField lays out the lines that are there, the field, and what fits it.
func (q *question) layField(styles *theme.Styles, doc *widget.Doc, width int) (atX, atY int) {
	for i, line := range q.lines {
		doc.Fact(text.Number(i+1)+".", text.Clean(line))
	}
	head := "> "
	line, at := q.field.View(styles, max(width-len(head), 1))
	atX, atY = len(head)+at, len(doc.Lines())
	doc.Verbatim(styles.Key.Render(head)+line, styles.Border.Render(strings.Repeat(styles.Glyphs.Rule, max(width, 0))))
	for i, s := range q.fitting {
		q.rows = append(q.rows, len(doc.Lines()))
		if i == q.cursor {
			atX, atY = 0, len(doc.Lines())
			doc.Verbatim(styles.Selected(theme.Plain).Render(text.Fit(styles.Glyphs.Cursor+" "+text.Clean(s), width)))
			continue
		}
		doc.Verbatim("  " + styles.Tone(theme.Dim).Render(text.Truncate(text.Clean(s), width-2)))
	}
	doc.Para(q.hint(), theme.Dim)
	return atX, atY
}

// hint says what enter does now.
func (q *question) hint() string {
	switch {
	case q.step.Kind == flow.Text:
		return ""
	case q.cursor >= 0:
		return "Enter takes the selected one."
	case q.field.Value() != "":
		return "Enter adds this line."
	case len(q.lines) > 0:
		return "Enter goes on. Type to add another one; backspace takes the last one back."
	case q.step.Optional:
		return "Enter goes on without one."
	default:
		return ""
	}
}

func (q *question) layOptions(styles *theme.Styles, doc *widget.Doc) (atY int) {
	for i, o := range q.options {
		q.rows = append(q.rows, len(doc.Lines()))
		label := text.Clean(o.Label)
		if q.step.Kind == flow.Several {
			box := "[ ] "
			if q.marked[o.Value] {
				box = "[x] "
			}
			label = box + label
		}
		if i == q.cursor {
			atY = len(doc.Lines())
			doc.Verbatim(styles.Selected(theme.Strong).Render(styles.Glyphs.Cursor + " " + label))
		} else {
			doc.Verbatim("  " + label)
		}
		if o.Help != "" {
			doc.Indented("  "+text.Clean(o.Help), theme.Dim)
		}
	}
	return atY
}
