package widget

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"trustdeck/tui/text"
	"trustdeck/tui/theme"
)

// Ask is a question with buttons, and a field to type into where it has one.
type Ask struct {
	Title, Text string
	Buttons     []string
	// Focus is the index of the selected button.
	Focus int
	// Field is nil where there is nothing to type.
	Field *Input
	// Problem says what is wrong with what has been typed, and Also what could be typed
	// instead, both clean.
	Problem, Also string
}

// Update takes what is typed into the field.
func (a *Ask) Update(msg tea.Msg) {
	if a.Field != nil {
		a.Problem, a.Also = "", ""
		if paste, ok := msg.(tea.PasteMsg); ok && SeveralLines(paste.Content) {
			a.Problem = "The pasted text has several lines; it was not used."
		}
		a.Field.Update(msg)
	}
}

// Switch selects the next button.
func (a *Ask) Switch(step int) {
	n := len(a.Buttons)
	a.Focus = (a.Focus + step + n) % n
}

// View draws the question in a box of this width and tells where in it the
// cursor and the buttons are.
func (a *Ask) View(s *theme.Styles, width int) (box string, x, y int, buttons Bar) {
	inner, _ := InnerBox(width, 0)
	lines := text.Wrap(a.Text, inner)
	x, y = 2, 0
	if a.Field != nil {
		line, at := a.Field.View(s, inner)
		lines = append(lines, "", line, s.Border.Render(strings.Repeat(s.Glyphs.Rule, max(inner, 0))))
		x, y = 2+at, len(lines)-1
	}
	if a.Also != "" {
		for _, line := range text.Wrap(a.Also, inner) {
			lines = append(lines, s.Tone(theme.Dim).Render(line))
		}
	}
	if a.Problem != "" {
		doc := NewDoc(s, inner)
		doc.Marked(theme.Mark{Glyph: s.Glyphs.Broken, Tone: theme.Bad}, a.Problem)
		lines = append(lines, doc.Lines()...)
	}
	bar := Buttons(s, a.Buttons, a.Focus)
	lines = append(lines, "", bar.Text)
	if a.Field == nil {
		x, y = 2+bar.Zones[a.Focus].X, len(lines)
	}
	return Box(s, a.Title, strings.Join(lines, "\n"), width, len(lines)+2, true), x, y, bar
}

// Buttons draws buttons in a row, of which one has the focus.
func Buttons(s *theme.Styles, labels []string, focus int) Bar {
	var bar Bar
	var b strings.Builder
	x := 0
	for i, label := range labels {
		label = "[ " + label + " ]"
		bar.Zones = append(bar.Zones, Zone{X: x, Width: text.Width(label), Index: i})
		x += text.Width(label) + 2
		if i == focus {
			label = s.Selected(theme.Accent).Render(label)
		}
		b.WriteString(label + "  ")
	}
	bar.Text = b.String()
	return bar
}
