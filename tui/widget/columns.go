package widget

import (
	"cmp"
	"slices"

	"trustdeck/tui/text"
)

const (
	// measured is how many rows are looked at to find the widths of the columns. Of
	// longer lists it is so many at equal distances, and those that come into sight.
	measured = 256
	// widestUncut is the most that a column takes which never gives way: what other
	// programs wrote may be of any length.
	widestUncut = 32
)

// placed is a visible column with its place.
type placed struct {
	Column
	x, width int
}

// span is how wide a column must be, and how wide it is where there is room.
type span struct{ least, full int }

// measure finds the width of the widest cell of each column.
func (t *Table) measure(columns []Column) []int {
	widest := make([]int, len(columns))
	if t.rows == nil {
		return widest
	}
	n := t.rows.Len()
	for i, c := range columns {
		if c.Widest > 0 {
			widest[i] = c.Widest
			continue
		}
		for row := range min(n, measured) {
			if n > measured {
				row = row * n / measured
			}
			widest[i] = max(widest[i], text.Width(t.rows.Cell(row, c.ID).Text))
		}
	}
	return widest
}

// widen makes room for the rows in sight where not all of them have been measured.
// Columns never get narrower by moving.
func (t *Table) widen(window int) {
	if t.rows == nil || t.rows.Len() <= measured {
		return
	}
	wider := false
	for at := t.offset; at < min(t.offset+window, len(t.order)); at++ {
		for i, c := range t.columns {
			if w := text.Width(t.rows.Cell(t.order[at], c.ID).Text); w > t.widest[i] {
				t.widest[i], wider = w, true
			}
		}
	}
	if wider {
		t.place()
	}
}

// spans tells how wide each column must be and wants to be.
func (t *Table) spans(columns []Column, widest []int) []span {
	out := make([]span, len(columns))
	for i, c := range columns {
		title := text.Width(c.Title)
		if t.sorted && c.ID == t.sortBy && i == len(columns)-1 {
			title++ // the arrow of any other column is in the gap behind it
		}
		full := max(widest[i], title)
		if c.Max > 0 {
			full = min(full, max(c.Max, title))
		}
		if c.Grow {
			out[i] = span{least: min(full, max(c.Width, title)), full: full}
			continue
		}
		full = max(min(full, widestUncut), c.Width, title)
		out[i] = span{full, full}
	}
	return out
}

// Need is the width in which all columns stand uncut.
func (t *Table) Need() int { return t.full(t.columns, t.widest) }

// Full is the width in which all of these columns would stand uncut.
func (t *Table) Full(columns []Column) int { return t.full(columns, t.measure(columns)) }

func (t *Table) full(columns []Column, widest []int) int {
	need := markerWidth + gap*max(len(columns)-1, 0)
	for _, s := range t.spans(columns, widest) {
		need += s.full
	}
	return need
}

// Least is the width below which columns are cut that must not be, when all have
// gone that may go.
func (t *Table) Least(columns []Column) int {
	columns = slices.DeleteFunc(slices.Clone(columns), func(c Column) bool { return c.Drop > 0 })
	need := markerWidth + gap*max(len(columns)-1, 0)
	for _, s := range t.spans(columns, t.measure(columns)) {
		need += s.least
	}
	return need
}

// place fits the columns into the width: those that may go do so in their order
// until all others have what they must have, and those that can be cut share the
// rest.
func (t *Table) place() {
	columns, spans := slices.Clone(t.columns), t.spans(t.columns, t.widest)
	width := t.width - markerWidth
	for {
		drop := -1
		need := gap * max(len(columns)-1, 0)
		for i, c := range columns {
			need += spans[i].least
			if c.Drop > 0 && (drop < 0 || c.Drop < columns[drop].Drop) {
				drop = i
			}
		}
		if need <= width || drop < 0 {
			share(spans, width-need)
			break
		}
		columns, spans = slices.Delete(columns, drop, drop+1), slices.Delete(spans, drop, drop+1)
	}
	t.layout = t.layout[:0]
	x := markerWidth
	for i, c := range columns {
		width := min(spans[i].least, max(t.width-x, 0))
		t.layout = append(t.layout, placed{Column: c, x: x, width: width})
		x += width + gap
	}
}

// share gives what is left to the columns that want more, so that those that want
// little get all of it.
func share(spans []span, spare int) {
	var wanting []*span
	for i := range spans {
		if spans[i].least < spans[i].full {
			wanting = append(wanting, &spans[i])
		}
	}
	slices.SortStableFunc(wanting, func(a, b *span) int { return cmp.Compare(a.full-a.least, b.full-b.least) })
	for i, s := range wanting {
		more := min(s.full-s.least, max(spare, 0)/(len(wanting)-i))
		s.least += more
		spare -= more
	}
}
