package screen

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"trustdeck/model"
	"trustdeck/tui/keymap"
	"trustdeck/tui/text"
	"trustdeck/tui/theme"
	"trustdeck/tui/widget"
)

// View draws the rows with the detail of the selected one, or, where there are none,
// why that is.
func (l *List[T]) View() string {
	if l.of.Text != nil {
		return l.aside.View(l.env.Styles)
	}
	head := widget.Rule(l.env.Styles, "", l.width)
	if l.of.Head != nil {
		head = l.of.Head()
	}
	if !l.blank() {
		return head + "\n" + l.Split.View(l.env.Styles)
	}
	lines := strings.Split(l.page.View(l.env.Styles), "\n")
	return head + "\n  " + strings.Join(lines, "\n  ")
}

// blank reports whether a page stands in for the list.
func (l *List[T]) blank() bool { return len(l.rows) == 0 && !l.of.Titled && l.of.Text == nil }

// Cursor is on the selected row, or on the first fact of the text beside it.
func (l *List[T]) Cursor() *tea.Cursor {
	x, y, ok := l.pane.Cursor()
	if !ok {
		return nil
	}
	return tea.NewCursor(x, y+l.top)
}

// Read is the list with its detail, or with the text beside it.
func (l *List[T]) Read() Reading {
	if l.of.Text != nil {
		return Reading{Text: l.aside.Text.Content(), List: l.table, Away: !l.aside.InList()}
	}
	return Reading{
		Text: l.Split.Notes(), List: l.table, Detail: l.Split.Detail.Content(),
		Empty: l.table.Empty, Away: l.Split.InDetail(),
	}
}

// explain lays out why no row is shown.
func (l *List[T]) explain() {
	doc := widget.NewDoc(l.env.Styles, max(l.width-4, 1))
	if l.of.Text == nil {
		doc.Space()
	}
	var state State
	if l.of.State != nil {
		state = l.of.State()
	}
	switch {
	case l.of.Unmatched != "" && l.Filter() != "":
		doc.Para(l.of.Unmatched+" "+text.Clean(l.Filter())+".", theme.Plain)
		doc.Para(l.env.Press(keymap.Back)+" clears the filter.", theme.Dim)
	case state.Reading != "":
		doc.Para(state.Reading, theme.Dim)
	case state.Err != nil:
		addError(l.env.Styles, doc, model.Failure, "", state.Err)
		doc.Indented(l.env.Press(keymap.Refresh)+" tries again.", theme.Dim)
	case l.of.Empty != nil:
		l.of.Empty(doc)
	}
	l.table.Empty = doc.Lines()
	l.page.SetText(doc.Lines())
}

// Missing are notes that say below the rows why there may be more of them; nil where
// there are no rows, or all of them.
func (l *List[T]) Missing(lead string, errs ...error) widget.StaticText {
	doc := widget.NewDoc(l.env.Styles, max(l.width-4, 1))
	for _, err := range errs {
		if err != nil && len(l.rows) > 0 {
			addError(l.env.Styles, doc, model.Warning, lead, err)
		}
	}
	return doc.Lines()
}

// Noted lays out lines for below the list.
func (l *List[T]) Noted(lay func(*widget.Doc)) widget.StaticText {
	doc := widget.NewDoc(l.env.Styles, max(l.width-4, 1))
	lay(doc)
	return doc.Lines()
}

// Explain lays out why there is nothing to see, and the way out, in full.
func Explain(st *theme.Styles, doc *widget.Doc, err error) {
	addError(st, doc, model.Failure, "", err)
}

// addError lays out an error with the way out.
func addError(st *theme.Styles, doc *widget.Doc, severity model.Severity, lead string, err error) {
	what, hint := text.Error(err)
	doc.Marked(st.ForSeverity(severity), lead+text.Sentence(what))
	if hint != "" {
		doc.Indented(text.Sentence(hint), theme.Accent)
	}
}

// listRows are the rows of a List that are not hidden, for its table.
type listRows[T any] struct{ l *List[T] }

// Len returns the number of rows.
func (r listRows[T]) Len() int { return len(r.l.shown) }

// Key identifies a row.
func (r listRows[T]) Key(i int) string { return r.l.of.Key(r.l.At(i)) }

// Cell returns the cell of a column.
func (r listRows[T]) Cell(i, column int) widget.Cell {
	return r.l.of.Columns[column].Cell(r.l.At(i))
}

// Compare orders two rows by a column.
func (r listRows[T]) Compare(column, i, j int) int {
	a, b := r.l.At(i), r.l.At(j)
	if compare := r.l.of.Columns[column].Compare; compare != nil {
		if order := compare(a, b); order != 0 {
			return order
		}
	}
	if r.l.of.Tie != nil {
		return r.l.of.Tie(a, b)
	}
	return i - j
}

// Match is what a filter looks at.
func (r listRows[T]) Match(i int) string {
	if r.l.of.Match == nil {
		return r.Key(i)
	}
	return r.l.of.Match(r.l.At(i))
}
