package settings

import (
	"fmt"
	"strings"

	"trustdeck/tui/screen"
	"trustdeck/tui/text"
	"trustdeck/tui/theme"
	"trustdeck/tui/widget"
)

// confirmID tells the answer to the question whether to write.
const confirmID = "settings.write"

// around is how many unchanged lines are shown around a change.
const around = 3

// page is what the user agrees to: the path and what becomes of the file.
func (s *Screen) page(edit screen.Edit) func(width int) []string {
	lines := compare(split(edit.Before), split(edit.After))
	return func(width int) []string {
		doc := widget.NewDoc(s.env.Styles, width)
		doc.Fact("File", text.Clean(edit.Path))
		if edit.Target != edit.Path {
			doc.Fact("Link to", text.Clean(edit.Target))
		}
		if edit.New {
			doc.Para("The file doesn't exist yet; trustdeck creates it, readable only by you.", theme.Plain)
		}
		for _, note := range edit.Notes {
			doc.Marked(theme.Mark{Glyph: s.env.Styles.Glyphs.Soon, Tone: theme.Warn}, text.Clean(note))
		}
		doc.Space()
		s.layDiff(doc, lines)
		return doc.Lines()
	}
}

// layDiff shows what changes, with some lines around.
func (s *Screen) layDiff(doc *widget.Doc, lines []line) {
	near := make([]bool, len(lines))
	for i, l := range lines {
		if l.kind == same {
			continue
		}
		for j := max(i-around, 0); j <= min(i+around, len(lines)-1); j++ {
			near[j] = true
		}
	}
	skipped := 0
	tell := func() {
		if skipped > 0 {
			doc.Para("     .. "+text.Count(skipped, "line")+" unchanged", theme.Dim)
		}
		skipped = 0
	}
	for i, l := range lines {
		if !near[i] {
			skipped++
			continue
		}
		tell()
		doc.Verbatim(s.diffLine(l))
	}
	tell()
}

// tabWidth is how a tab of the file is shown.
const tabWidth = "    "

func (s *Screen) diffLine(l line) string {
	words := text.Clean(strings.ReplaceAll(strings.TrimSuffix(l.text, "\r"), "\t", tabWidth))
	if s.env.Styles.Words {
		return fmt.Sprintf("Line %d%s: %s", l.number, map[kind]string{added: " is new", removed: " goes"}[l.kind], words)
	}
	number := s.env.Styles.Tone(theme.Dim).Render(fmt.Sprintf("%4d", l.number))
	switch l.kind {
	case added:
		return number + s.env.Styles.Tone(theme.OK).Render(" + "+words)
	case removed:
		return number + s.env.Styles.Tone(theme.Bad).Render(" - "+words)
	default:
		return number + "   " + words
	}
}
