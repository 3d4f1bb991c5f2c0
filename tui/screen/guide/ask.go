package guide

import (
	"strings"

	"trustdeck/tui/flow"
	"trustdeck/tui/text"
	"trustdeck/tui/theme"
	"trustdeck/tui/widget"
)

// spot is a place on a page: where the cursor is, and the last line that belongs
// to it.
type spot struct{ x, y, end int }

// layout lays the question out in a page of a size. Where not all of it has room, what
// is to be answered comes before the explanation of it, and options explain
// themselves when they are selected.
func (q *question) layout(styles *theme.Styles, m *flow.Machine, width, height int) (widget.StaticText, spot) {
	if lines, at := q.layPage(styles, m, width, false); len(lines) <= height || styles.Words {
		return lines, at
	}
	return q.layPage(styles, m, width, true)
}

func (q *question) layPage(styles *theme.Styles, m *flow.Machine, width int, tight bool) (widget.StaticText, spot) {
	doc := widget.NewDoc(styles, width)
	doc.Para(q.step.Question, theme.Strong)
	if !tight {
		doc.Para(q.step.Help, theme.Dim)
		doc.Space()
	}
	q.rows = nil
	var at spot
	if q.typing() {
		at = q.layField(styles, doc, width, tight, m.Problem())
	} else {
		at = q.layOptions(styles, doc, width, tight, m.Problem())
	}
	if tight {
		doc.Space()
		doc.Para(q.step.Help, theme.Dim)
	}
	return doc.Lines(), at
}

// layError says what is wrong, and the way out.
func layError(styles *theme.Styles, doc *widget.Doc, err error) {
	what, hint := text.Error(err)
	doc.Marked(theme.Mark{Glyph: styles.Glyphs.Broken, Tone: theme.Bad}, text.Sentence(text.Clean(what)))
	if hint != "" {
		doc.Indented(text.Sentence(text.Clean(hint)), theme.Accent)
	}
}

// layField lays out the lines that are there, the field, what is wrong with the answer
// or else what enter does, and what fits what was typed.
func (q *question) layField(styles *theme.Styles, doc *widget.Doc, width int, tight bool, problem error) spot {
	for _, line := range q.lines {
		words := text.Clean(line)
		if tight && q.step.Kind == flow.File {
			words = text.TruncateLeft(words, width-2)
		}
		doc.Marked(theme.Mark{Glyph: styles.Glyphs.Bullet, Tone: theme.Accent}, words)
		for _, more := range q.described[line] {
			doc.Indented(text.Clean(more), theme.Dim)
		}
	}
	for _, line := range q.offered {
		doc.Marked(theme.Mark{Glyph: styles.Glyphs.Loading, Tone: theme.Dim}, text.Clean(line))
	}
	head := "> "
	line, x := q.field.View(styles, max(width-len(head), 1))
	at := spot{x: len(head) + x, y: len(doc.Lines())}
	doc.Verbatim(styles.Key.Render(head)+line, styles.Border.Render(strings.Repeat(styles.Glyphs.Rule, max(width, 0))))
	if problem != nil {
		layError(styles, doc, problem)
	} else if hint := q.hint(); hint != "" {
		doc.Para(hint, theme.Dim)
	}
	at.end = len(doc.Lines()) - 1
	for i, s := range q.fitting {
		row := span{from: len(doc.Lines()), to: len(doc.Lines()) + 1}
		q.rows = append(q.rows, row)
		if i == q.cursor {
			at = spot{y: row.from, end: row.from}
			doc.Verbatim(styles.Selected(theme.Plain).Render(text.Fit(styles.Glyphs.Cursor+" "+text.Clean(s), width)))
			continue
		}
		doc.Verbatim("  " + styles.Tone(theme.Dim).Render(text.Truncate(text.Clean(s), width-2)))
	}
	if q.more > 0 {
		doc.Indented("and "+text.Number(q.more)+" more; type part of the name", theme.Dim)
	}
	return at
}

// hint says what enter does now.
func (q *question) hint() string {
	switch {
	case q.step.Kind == flow.Text && (q.cursor >= 0 || q.field.Value() != ""):
		return ""
	case q.step.Kind == flow.Text:
		return q.without()
	case q.cursor >= 0:
		return "Press Enter to choose the selected one."
	case q.field.Value() != "" && len(q.fitting) > 0:
		// Enter takes what was typed, not the suggestion below.
		return "Press Enter to add this line, or choose one with the arrow keys."
	case q.field.Value() != "":
		return "Press Enter to add this line."
	case len(q.lines) > 0:
		return "Press Enter to continue. Type to add another; backspace removes the last one."
	case q.optional:
		return q.without()
	case len(q.fitting) > 0:
		return "Type a name, or choose one with the arrow keys."
	default:
		return ""
	}
}

// without says what enter does where there may be no answer; empty where there must be one.
func (q *question) without() string {
	switch {
	case !q.optional || q.step.Kind == flow.Choice: // of which one is selected
		return ""
	case q.step.Without != "":
		return q.step.Without
	default:
		return "Press Enter to continue without one."
	}
}

// layOptions lays out the options. What is wrong with the answer stands below the
// selected one; where there is little room, before its explanation.
func (q *question) layOptions(styles *theme.Styles, doc *widget.Doc, width int, tight bool, problem error) (at spot) {
	if len(q.choices.shown) == 0 {
		words := "There is nothing to choose from."
		if q.choices.pattern != "" {
			words = "No choice matches " + text.Clean(q.choices.pattern) + "."
		}
		doc.Para(words, theme.Dim)
		layProblem(styles, doc, problem)
		return spot{end: len(doc.Lines()) - 1}
	}
	for i := range q.choices.shown {
		o := q.choices.options[q.choices.shown[i]]
		row := span{from: len(doc.Lines())}
		label := text.Clean(q.label(i))
		if i != q.cursor {
			doc.Verbatim("  " + label)
			if !tight {
				layHelp(styles, doc, width, o)
			}
			row.to = len(doc.Lines())
			q.rows = append(q.rows, row)
			continue
		}
		doc.Verbatim(styles.Selected(theme.Strong).Render(text.Truncate(styles.Glyphs.Cursor+" "+label, width)))
		at = spot{y: row.from}
		if tight && problem != nil {
			layProblem(styles, doc, problem)
			at.end = len(doc.Lines()) - 1
			layHelp(styles, doc, width, o)
		} else {
			layHelp(styles, doc, width, o)
			layProblem(styles, doc, problem)
			if at.end = len(doc.Lines()) - 1; i == 0 && tight {
				at.end = at.y // rather the question than all of the explanation
			}
		}
		row.to = len(doc.Lines())
		q.rows = append(q.rows, row)
	}
	if without := q.without(); without != "" && problem == nil && len(q.choices.answer()) == 0 {
		doc.Para(without, theme.Dim)
	}
	return at
}

// layHelp explains an option.
func layHelp(styles *theme.Styles, doc *widget.Doc, width int, o flow.Option) {
	if o.Help == "" {
		return
	}
	for _, line := range text.Wrap(text.Clean(o.Help), max(width-4, 1)) {
		doc.Verbatim("    " + styles.Tone(theme.Dim).Render(line))
	}
}

// layProblem says what is wrong with the answer, where something is.
func layProblem(styles *theme.Styles, doc *widget.Doc, problem error) {
	if problem != nil {
		layError(styles, doc, problem)
	}
}
