package tui

import (
	"slices"

	"trustdeck/model"
	"trustdeck/tui/text"
	"trustdeck/tui/theme"
	"trustdeck/tui/widget"
)

// toastWidth is the width of the box of a toast.
const toastWidth = 52

// toast is a short notice.
type toast struct {
	serial int
	level  model.Severity
	text   string
}

// toastOverMsg says that a toast has been shown long enough.
type toastOverMsg struct{ serial int }

func (m *Model) endToast(serial int) {
	m.toasts = slices.DeleteFunc(m.toasts, func(t toast) bool { return t.serial == serial })
}

// lasting reports whether the toast that is shown waits to be dismissed.
func (m *Model) lasting() bool {
	return len(m.toasts) > 0 && m.toasts[len(m.toasts)-1].level > model.Notice
}

// dismiss removes the toast that is shown.
func (m *Model) dismiss() { m.toasts = m.toasts[:len(m.toasts)-1] }

// toastBox draws the newest toast.
func (m *Model) toastBox() string {
	t := m.toasts[len(m.toasts)-1]
	mark := m.styles.ForSeverity(t.level)
	if t.level == model.Notice {
		mark = theme.Mark{Glyph: m.styles.Glyphs.OK, Tone: theme.OK}
	}
	width := min(toastWidth, m.width-4)
	inner, _ := widget.InnerBox(width, 0)
	doc := widget.NewDoc(&m.styles, inner)
	doc.Marked(mark, text.Clean(t.text))
	if t.level > model.Notice {
		hint := "esc dismisses"
		if more := len(m.toasts) - 1; more > 0 {
			hint += ", " + text.Count(more, "more notice")
		}
		doc.Indented(hint, theme.Dim)
	}
	lines := doc.Lines()
	return widget.Box(&m.styles, "", widget.Lines(lines, len(lines)), width, len(lines)+2, t.level > model.Notice)
}
