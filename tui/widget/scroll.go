package widget

import (
	"trustdeck/tui/keymap"
	"trustdeck/tui/text"
	"trustdeck/tui/theme"
)

// Text is a source of styled lines. Only visible lines are asked for.
type Text interface {
	Len() int
	Line(i int) string
}

// StaticText is text that has been laid out already.
type StaticText []string

// Len returns the number of lines.
func (t StaticText) Len() int { return len(t) }

// Line returns a line.
func (t StaticText) Line(i int) string { return t[i] }

// Scroll is a window on text of any length.
type Scroll struct {
	content       Text
	offset        int
	width, height int
}

// SetSize sets the size in cells.
func (p *Scroll) SetSize(width, height int) {
	p.width, p.height = max(width, 0), max(height, 0)
	p.to(p.offset)
}

// Width is the width in cells, for laying out content.
func (p *Scroll) Width() int { return p.width }

// SetText replaces the content and keeps the place.
func (p *Scroll) SetText(content Text) {
	p.content = content
	p.to(p.offset)
}

// Rewind goes back to the first line.
func (p *Scroll) Rewind() { p.offset = 0 }

func (p *Scroll) len() int {
	if p.content == nil {
		return 0
	}
	return p.content.Len()
}

// Do carries out a move. It reports false for actions that are none.
func (p *Scroll) Do(id keymap.ID) bool {
	switch id {
	case keymap.Up:
		p.to(p.offset - 1)
	case keymap.Down:
		p.to(p.offset + 1)
	case keymap.PageUp:
		p.to(p.offset - max(p.height-1, 1))
	case keymap.PageDown:
		p.to(p.offset + max(p.height-1, 1))
	case keymap.Top:
		p.to(0)
	case keymap.Bottom:
		p.to(p.len())
	default:
		return false
	}
	return true
}

// Wheel scrolls by lines.
func (p *Scroll) Wheel(lines int) { p.to(p.offset + lines) }

func (p *Scroll) to(offset int) { p.offset = max(min(offset, p.len()-p.height), 0) }

// View draws the visible lines: exactly as many as its height. Where there is
// more, the last line says how much.
func (p *Scroll) View(s *theme.Styles) string {
	lines := make([]string, 0, p.height)
	n := p.len()
	for i := p.offset; i < n && len(lines) < p.height; i++ {
		lines = append(lines, text.Truncate(p.content.Line(i), p.width))
	}
	if below := n - p.offset - p.height; below > 0 && len(lines) > 1 {
		more := s.Glyphs.More + " " + text.Count(below+1, "more line")
		lines[len(lines)-1] = s.Tone(theme.Dim).Render(text.Truncate(more, p.width))
	}
	return Lines(lines, p.height)
}

// Reveal scrolls as little as it takes to see a line.
func (p *Scroll) Reveal(line int) { p.to(max(min(p.offset, line), line-p.height+2)) }

// Offset is the first line that is seen.
func (p *Scroll) Offset() int { return p.offset }
