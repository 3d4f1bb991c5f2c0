package tui

import (
	"slices"
	"strings"

	"trustdeck/model"
	"trustdeck/tui/screen"
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

// toastAt is where a toast is drawn.
type toastAt struct {
	box                 string
	x, y, width, height int
}

// toastPlace puts the newest toast at the right end of the body, below or, where that would
// cover what is typed into, above. Where neither is free it is one line above the footer.
func (m *Model) toastPlace() toastAt {
	box := m.toastBox()
	first, _, _ := strings.Cut(box, "\n")
	t := toastAt{box: box, width: text.Width(first), height: strings.Count(box, "\n") + 1}
	t.x = m.width - t.width - 1
	_, height := m.bodySize()
	from, to := m.input()
	for _, y := range []int{m.bodyTop() + height - t.height, m.bodyTop()} {
		if y >= m.bodyTop() && (y >= to || y+t.height <= from) {
			t.y = y
			return t
		}
	}
	return m.toastLine()
}

// toastLine is the newest toast in one line, over the rule above the footer.
func (m *Model) toastLine() toastAt {
	t := m.toasts[len(m.toasts)-1]
	words := text.Clean(t.text)
	if t.level > model.Notice {
		words = "esc dismisses: " + words
	}
	mark := m.toastMark(t)
	line := " " + m.styles.Tone(mark.Tone).Render(mark.Glyph) + " " + text.Fit(words, m.width-4) + " "
	return toastAt{box: line, y: m.height - 2, width: m.width, height: 1}
}

// input are the lines that must stay in sight: those of an overlay, or, of a screen that is
// typed into, those around the cursor.
func (m *Model) input() (from, to int) {
	// above and below are how much belongs to a field: its question, and its buttons.
	const above, below = 3, 2
	if n := len(m.overlays); n > 0 {
		p := m.place(m.overlays[n-1])
		return p.y, p.y + p.height
	}
	if _, ok := m.top().screen.(screen.Typist); !ok {
		return 0, 0
	}
	c := m.cursor()
	if c == nil {
		return 0, 0
	}
	return c.Y - above, c.Y + 1 + below
}

// hitToast reports whether a place is on a toast.
func (m *Model) hitToast(x, y int) bool {
	if len(m.toasts) == 0 {
		return false
	}
	t := m.toastPlace()
	return x >= t.x && x < t.x+t.width && y >= t.y && y < t.y+t.height
}

// toastMark is the mark of a toast: one that only tells something says that all is well.
func (m *Model) toastMark(t toast) theme.Mark {
	if t.level == model.Notice {
		return theme.Mark{Glyph: m.styles.Glyphs.OK, Tone: theme.OK}
	}
	return m.styles.ForSeverity(t.level)
}

// toastBox draws the newest toast.
func (m *Model) toastBox() string {
	t := m.toasts[len(m.toasts)-1]
	width := min(toastWidth, m.width-4)
	inner, _ := widget.InnerBox(width, 0)
	doc := widget.NewDoc(&m.styles, inner)
	doc.Marked(m.toastMark(t), text.Clean(t.text))
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
