package widget

import (
	"slices"
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

// KeyAt identifies the i-th of the rows that are shown.
func (t *Table) KeyAt(i int) string { return t.rows.Key(t.order[i]) }

// Find is the place of a row among those that are shown; ok is false where it is
// not among them.
func (t *Table) Find(key string) (at int, ok bool) {
	at = slices.IndexFunc(t.order, func(i int) bool { return t.rows.Key(i) == key })
	return at, at >= 0
}

// Position is the place of the selected row among those that are shown, from 0.
func (t *Table) Position() int { return t.cursor }

// Content is the text that is scrolled; nil where there is none.
func (p *Scroll) Content() Text { return p.content }

// Notes are the lines below the list.
func (p *Split) Notes() StaticText { return p.notes }
