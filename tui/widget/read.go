package widget

import (
	"strings"

	"trustdeck/tui/text"
	"trustdeck/tui/theme"
)

// Fact is a cell with the title of its column, for reading aloud. Title is empty
// for a cell that is only a mark.
type Fact struct{ Title, Text string }

// Facts reads the i-th of the rows that are shown, in the order of the columns.
// Columns that a narrow screen would drop are there, and empty cells are not.
func (t *Table) Facts(i int) []Fact {
	var out []Fact
	for _, c := range t.columns {
		cell := strings.TrimSpace(text.Plain(t.rows.Cell(t.order[i], c.ID).Text))
		if cell != "" && cell != "-" {
			out = append(out, Fact{c.spoken(), theme.Spoken(cell)})
		}
	}
	return out
}

// spoken is the title as it is read aloud.
func (c Column) spoken() string {
	if c.Full != "" {
		return c.Full
	}
	return text.Lower(c.Title)
}

// Position is the place of the selected row among those that are shown, from 0.
func (t *Table) Position() int { return t.cursor }

// Content is the text that is scrolled; nil where there is none.
func (p *Scroll) Content() Text { return p.content }

// Notes are the lines below the list.
func (p *Split) Notes() StaticText { return p.notes }

// AllLines are the lines of a text, without their styles and the space around them.
func AllLines(t Text) []string {
	if t == nil {
		return nil
	}
	var out []string
	for i := range t.Len() {
		out = append(out, strings.TrimSpace(text.Plain(t.Line(i))))
	}
	return out
}
