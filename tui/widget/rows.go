package widget

import (
	"trustdeck/tui/theme"
)

// Cell is one cell of a row.
type Cell struct {
	Text string
	Tone theme.Tone
}

// Column is one column of a table.
type Column struct {
	// ID is what Rows knows the column by.
	ID int
	// Title is the header. SortBy lists of columns use it too.
	Title string
	// Full is the title read aloud, in small letters; empty where Title says it.
	Full string
	// Width is the least width in cells. Title and rows may make a column wider: it is
	// never cut unless it grows.
	Width int
	// Grow lets a column be cut down to Width where there is no room for all of it, and
	// share what the others leave. None gets more than Max cells, where Max is not 0.
	Grow bool
	Max  int
	// Widest is the width of the widest cell where that is known; 0 has it measured.
	Widest int
	// Right aligns to the right.
	Right bool
	// KeepEnd cuts at the left where the cell is too narrow.
	KeepEnd bool
	// KeepEnds cuts in the middle instead.
	KeepEnds bool
	// Drop orders the columns that go when space is short, lowest first; 0
	// stays for ever.
	Drop int
	// Unsorted columns cannot be sorted by.
	Unsorted bool
}

// Rows is what a table shows. Indices are those of the source, whatever the
// order on screen. All methods but Cell are called when rows, order or filter
// change; Cell is called for visible cells, and for some others to find the widths.
type Rows interface {
	Len() int
	// Key identifies a row, so that the selection survives new data.
	Key(i int) string
	// Cell returns the cell of a column.
	Cell(i, column int) Cell
	// Compare orders two rows by a column: negative where i comes first.
	Compare(column, i, j int) int
	// Match is what a filter looks at.
	Match(i int) string
}

// RowsOf makes Rows from functions over a slice of n elements.
type RowsOf struct {
	N         int
	KeyOf     func(i int) string
	CellOf    func(i, column int) Cell
	CompareOf func(column, i, j int) int
	MatchOf   func(i int) string
}

// Len returns the number of rows.
func (r RowsOf) Len() int { return r.N }

// Key identifies a row.
func (r RowsOf) Key(i int) string { return r.KeyOf(i) }

// Cell returns the cell of a column.
func (r RowsOf) Cell(i, column int) Cell { return r.CellOf(i, column) }

// Compare orders two rows. Without CompareOf the order is that of the source.
func (r RowsOf) Compare(column, i, j int) int {
	if r.CompareOf == nil {
		return i - j
	}
	return r.CompareOf(column, i, j)
}

// Match is what a filter looks at. Without MatchOf that is the key.
func (r RowsOf) Match(i int) string {
	if r.MatchOf == nil {
		return r.KeyOf(i)
	}
	return r.MatchOf(i)
}
