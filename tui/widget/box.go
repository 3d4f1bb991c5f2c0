package widget

import (
	"strings"

	"trustdeck/tui/text"
	"trustdeck/tui/theme"
)

// Lines joins lines to a block of exactly height lines.
func Lines(lines []string, height int) string {
	if len(lines) > height {
		lines = lines[:max(height, 0)]
	}
	if height <= 0 {
		return ""
	}
	return strings.Join(lines, "\n") + strings.Repeat("\n", height-max(len(lines), 1))
}

// Rule is a horizontal line with an optional title near its left end.
func Rule(s *theme.Styles, title string, width int) string {
	if title == "" {
		return s.Border.Render(strings.Repeat(s.Glyphs.Rule, max(width, 0)))
	}
	title = text.Truncate(title, width-4)
	rest := max(width-text.Width(title)-3, 0)
	return s.Border.Render(s.Glyphs.Rule) + " " + s.Tone(theme.Strong).Render(title) + " " +
		s.Border.Render(strings.Repeat(s.Glyphs.Rule, rest))
}

// Box draws a border with a title around a body. Width and height are those of
// the whole; the body gets InnerBox of it. The border of the focused box is
// drawn in another style and its title is bold.
func Box(s *theme.Styles, title, body string, width, height int, focused bool) string {
	innerWidth, innerHeight := InnerBox(width, height)
	if innerWidth < 0 || innerHeight < 0 {
		return Lines(nil, height)
	}
	border, name := s.Border, s.Tone(theme.Plain)
	if focused {
		border, name = s.Focus, s.Tone(theme.Strong)
	}
	b := s.Glyphs.Box
	title = text.Truncate(title, innerWidth-2)
	head := border.Render(b.TopLeft + strings.Repeat(b.Top, innerWidth+2) + b.TopRight)
	if title != "" {
		head = border.Render(b.TopLeft+b.Top) + " " + name.Render(title) + " " +
			border.Render(strings.Repeat(b.Top, max(innerWidth-text.Width(title)-1, 0))+b.TopRight)
	}
	lines := make([]string, 0, height)
	lines = append(lines, head)
	left, right := border.Render(b.Left)+" ", " "+border.Render(b.Right)
	rows := strings.Split(body, "\n")
	for i := range innerHeight {
		row := ""
		if i < len(rows) {
			row = rows[i]
		}
		lines = append(lines, left+text.Fit(row, innerWidth)+right)
	}
	lines = append(lines, border.Render(b.BottomLeft+strings.Repeat(b.Bottom, innerWidth+2)+b.BottomRight))
	return Lines(lines, height)
}

// InnerBox is the room inside a box: two cells less on each side, one line less
// above and below.
func InnerBox(width, height int) (innerWidth, innerHeight int) { return width - 4, height - 2 }

// Beside puts blocks side by side. Each must already have its full width.
func Beside(blocks ...string) string {
	var rows [][]string
	height := 0
	for _, block := range blocks {
		lines := strings.Split(block, "\n")
		rows = append(rows, lines)
		height = max(height, len(lines))
	}
	var b strings.Builder
	for y := range height {
		if y > 0 {
			b.WriteByte('\n')
		}
		for _, lines := range rows {
			if y < len(lines) {
				b.WriteString(lines[y])
			}
		}
	}
	return b.String()
}

// PadRight makes every line of a block width cells wide.
func PadRight(block string, width int) string {
	lines := strings.Split(block, "\n")
	for i, line := range lines {
		lines[i] = text.Fit(line, width)
	}
	return strings.Join(lines, "\n")
}
