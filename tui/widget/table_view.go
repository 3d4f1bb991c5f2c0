package widget

import (
	"strings"

	"trustdeck/tui/text"
	"trustdeck/tui/theme"
)

// View draws the table: exactly as many lines as its height.
func (t *Table) View(s *theme.Styles) string {
	if t.width < markerWidth {
		return Lines(nil, t.height)
	}
	lines := make([]string, 0, t.height)
	if !t.Headless && t.height > 0 {
		lines = append(lines, t.header(s))
	}
	if len(t.order) == 0 {
		for _, line := range t.Empty {
			lines = append(lines, text.Spaces(markerWidth)+text.Truncate(line, t.width-markerWidth))
		}
	}
	h := t.window()
	for at := t.offset; at < len(t.order) && at < t.offset+h; at++ {
		lines = append(lines, t.row(s, at))
	}
	if len(t.order) > h && h > 0 {
		lines = append(lines, s.Tone(theme.Dim).Render(text.Fit(t.beyond(s, h), t.width)))
	}
	return Lines(lines, t.height)
}

// beyond counts the rows that are out of sight.
func (t *Table) beyond(s *theme.Styles, window int) string {
	var parts []string
	if t.offset > 0 {
		parts = append(parts, s.Glyphs.Less+" "+text.Number(t.offset)+" above")
	}
	if below := len(t.order) - t.offset - window; below > 0 {
		parts = append(parts, s.Glyphs.More+" "+text.Number(below)+" more")
	}
	return " " + strings.Join(parts, "   ")
}

// header is the line of titles. The arrow of the order stands in the gap behind its
// title, so that it takes no room.
func (t *Table) header(s *theme.Styles) string {
	var b strings.Builder
	at := 0
	for _, c := range t.layout {
		b.WriteString(text.Spaces(c.x - at))
		at = c.x + c.width
		title := align(c.Title, c)
		if t.sorted && t.sortBy == c.ID && at < t.width {
			arrow := s.Glyphs.Up
			if t.descending {
				arrow = s.Glyphs.Down
			}
			if !c.Right {
				title = strings.TrimRight(title, " ")
			}
			title += arrow
			at = c.x + text.Width(title)
		}
		b.WriteString(title)
	}
	return s.Head.Render(text.Truncate(b.String(), t.width))
}

func (t *Table) row(s *theme.Styles, at int) string {
	i := t.order[at]
	selected := at == t.cursor
	var b strings.Builder
	mark := " "
	if t.IsMarked(at) {
		mark = markGlyph
	}
	switch {
	case selected && !t.Blurred:
		b.WriteString(s.Selected(theme.Accent).Render(text.Fit(s.Glyphs.Cursor+mark, markerWidth)))
	case selected:
		b.WriteString(s.Tone(theme.Dim).Render(text.Fit(s.Glyphs.Cursor+mark, markerWidth)))
	case mark == markGlyph:
		b.WriteString(s.Tone(theme.Accent).Render(" " + mark))
	default:
		b.WriteString(text.Spaces(markerWidth))
	}
	x := markerWidth
	for _, c := range t.layout {
		cell := t.rows.Cell(i, c.ID)
		t.paint(&b, s, theme.Plain, text.Spaces(c.x-x), selected)
		t.paint(&b, s, cell.Tone, align(cell.Text, c), selected)
		x = c.x + c.width
	}
	t.paint(&b, s, theme.Plain, text.Spaces(t.width-x), selected)
	return b.String()
}

func (t *Table) paint(b *strings.Builder, s *theme.Styles, tone theme.Tone, str string, selected bool) {
	switch {
	case str == "":
	case selected && !t.Blurred:
		b.WriteString(s.Selected(tone).Render(str))
	case tone == theme.Plain:
		b.WriteString(str)
	default:
		b.WriteString(s.Tone(tone).Render(str))
	}
}

func align(str string, c placed) string {
	switch {
	case c.KeepEnd:
		str = text.TruncateLeft(str, c.width)
	case c.KeepEnds:
		str = text.Middle(str, c.width)
	}
	if c.Right {
		return text.FitRight(str, c.width)
	}
	return text.Fit(str, c.width)
}
