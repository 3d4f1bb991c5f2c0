package widget

import (
	"slices"

	"trustdeck/tui/keymap"
)

const (
	// markerWidth is the width of the mark before the selected row.
	markerWidth = 2
	// gap is the space between columns.
	gap = 2
)

// Table is a virtual table: it shows a window of a list of any length.
type Table struct {
	rows    Rows
	order   []int
	columns []Column
	// widest is, for each of columns, the width of its widest cell.
	widest []int
	layout []placed

	pattern  string
	haystack []string

	sortBy     int
	sorted     bool
	descending bool

	cursor, offset int
	selected       string
	// begin is the key of the row on which the cursor is until the user moves it.
	begin string

	marks marks

	width, height int
	// Headless hides the line of column titles.
	Headless bool
	// Blurred shows that keys go elsewhere.
	Blurred bool
	// Empty is shown where there are no rows at all.
	Empty []string
}

// SetColumns sets the columns.
func (t *Table) SetColumns(columns []Column) {
	t.columns = columns
	t.widest = t.measure(columns)
	t.place()
	t.scroll()
}

// SetSize sets the size in cells, header line included.
func (t *Table) SetSize(width, height int) {
	t.width, t.height = max(width, 0), max(height, 0)
	t.place()
	t.scroll()
}

// SetRows replaces the rows. Order, filter and selection stay.
func (t *Table) SetRows(rows Rows) {
	t.rows = rows
	t.remark()
	t.haystack = nil
	t.widest = t.measure(t.columns)
	t.place()
	t.arrange()
}

// SetFilter shows only the rows that match; "" shows all.
func (t *Table) SetFilter(pattern string) {
	if pattern == t.pattern {
		return
	}
	t.pattern = pattern
	t.arrange()
}

// Filter is the pattern that is set.
func (t *Table) Filter() string { return t.pattern }

// SortBy sorts by the column with this ID.
func (t *Table) SortBy(column int, descending bool) {
	t.sortBy, t.descending, t.sorted = column, descending, true
	t.place()
	t.arrange()
}

// Sorted tells by which column the table is sorted.
func (t *Table) Sorted() (column int, descending, ok bool) {
	return t.sortBy, t.descending, t.sorted
}

// arrange filters and sorts, and finds the selected row again.
func (t *Table) arrange() {
	n := 0
	if t.rows != nil {
		n = t.rows.Len()
	}
	var ranked bool
	if t.pattern == "" {
		t.order = slices.Grow(t.order[:0], n)
		for i := range n {
			t.order = append(t.order, i)
		}
	} else {
		if t.haystack == nil {
			t.haystack = make([]string, n)
			for i := range n {
				t.haystack[i] = t.rows.Match(i)
			}
		}
		t.order, ranked = Matches(t.pattern, t.haystack)
	}
	if t.sorted && !ranked {
		slices.SortStableFunc(t.order, func(i, j int) int {
			if t.descending {
				return t.rows.Compare(t.sortBy, j, i)
			}
			return t.rows.Compare(t.sortBy, i, j)
		})
	}
	t.find(t.selected)
	t.findAnchor()
}

// Begin puts the cursor on the row with this key for as long as the user has
// selected none.
func (t *Table) Begin(key string) {
	t.begin = key
	t.find(t.selected)
}

// find puts the cursor on the row with this key, or keeps it where it is. As
// long as the user has selected nothing it is on the row to begin with, else on
// the first one, whichever that becomes.
func (t *Table) find(key string) {
	t.cursor = max(min(t.cursor, len(t.order)-1), 0)
	if key == "" {
		key = t.begin
	}
	if key != "" {
		for at, i := range t.order {
			if t.rows.Key(i) == key {
				t.cursor = at
				break
			}
		}
	}
	t.scroll()
}

// Select puts the cursor on the row with this key. It reports false where no
// such row is shown; the row is then selected when it appears.
func (t *Table) Select(key string) bool {
	t.selected = key
	t.find(key)
	current, ok := t.Selected()
	return ok && t.rows.Key(current) == key
}

// Selected is the index of the row under the cursor.
func (t *Table) Selected() (i int, ok bool) {
	if t.cursor >= len(t.order) {
		return 0, false
	}
	return t.order[t.cursor], true
}

// Count is how many rows are shown, of how many.
func (t *Table) Count() (shown, total int) {
	if t.rows == nil {
		return 0, 0
	}
	return len(t.order), t.rows.Len()
}

// Do carries out a move. It reports false for actions that are none.
func (t *Table) Do(id keymap.ID) bool {
	switch id {
	case keymap.Up:
		t.move(t.cursor - 1)
	case keymap.Down:
		t.move(t.cursor + 1)
	case keymap.PageUp:
		t.move(t.cursor - max(t.window(), 1))
	case keymap.PageDown:
		t.move(t.cursor + max(t.window(), 1))
	case keymap.Top:
		t.move(0)
	case keymap.Bottom:
		t.move(len(t.order) - 1)
	default:
		return false
	}
	return true
}

// move puts the cursor on a row, within bounds, and remembers its key.
func (t *Table) move(to int) {
	t.cursor = max(min(to, len(t.order)-1), 0)
	if len(t.order) > 0 {
		t.selected = t.rows.Key(t.order[t.cursor])
	}
	t.scroll()
}

// window is the number of rows that are visible.
func (t *Table) window() int {
	h := t.height
	if !t.Headless {
		h--
	}
	if len(t.order) > h {
		h-- // the line that counts what is out of sight
	}
	return max(h, 0)
}

// scroll moves the window so that the cursor is inside.
func (t *Table) scroll() {
	h := t.window()
	if t.cursor >= t.offset+h {
		t.offset = t.cursor - h + 1
	}
	t.offset = max(min(t.offset, t.cursor, len(t.order)-h), 0)
	t.widen(h)
}

// Wheel moves the cursor by lines.
func (t *Table) Wheel(lines int) { t.move(t.cursor + lines) }

// Hit tells what a click did.
type Hit int

// The kinds of hit.
const (
	// HitNothing: outside of everything.
	HitNothing Hit = iota
	// HitRow: another row is selected now.
	HitRow
	// HitSelected: on the row that was selected already; it asks to open.
	HitSelected
	// HitHeader: the order has changed.
	HitHeader
)

// Click takes a click at a place relative to the table.
func (t *Table) Click(x, y int) Hit {
	if !t.Headless {
		if y == 0 {
			return t.clickHeader(x)
		}
		y--
	}
	if at := t.offset + y; y >= 0 && y < t.window() && at < len(t.order) {
		if at == t.cursor {
			return HitSelected
		}
		t.move(at)
		return HitRow
	}
	return HitNothing
}

func (t *Table) clickHeader(x int) Hit {
	for _, c := range t.layout {
		if x >= c.x && x < c.x+c.width+gap && !c.Unsorted {
			t.SortBy(c.ID, t.sorted && t.sortBy == c.ID && !t.descending)
			return HitHeader
		}
	}
	return HitNothing
}

// Cursor is the place of the selected row relative to the table.
func (t *Table) Cursor() (x, y int, ok bool) {
	if len(t.order) == 0 || t.window() == 0 {
		return 0, 0, false
	}
	y = t.cursor - t.offset
	if !t.Headless {
		y++
	}
	return 0, y, true
}
