package widget

import "slices"

// markGlyph stands before a row that is marked.
const markGlyph = "*"

// marks are the rows of a table that are marked, by key: they outlive filters, orders and
// new rows.
type marks struct {
	keys map[string]bool
	// rows are the indices of those that are there, in the order of their source.
	rows []int
	// anchor is the key of the row at which a range begins, and from its place.
	ranging bool
	anchor  string
	from    int
}

// Mark marks the selected row, or unmarks it. It ends a range instead, where there is one.
func (t *Table) Mark() {
	i, ok := t.Selected()
	if !ok || t.endRange() {
		return
	}
	key := t.rows.Key(i)
	t.mark(key, !t.marks.keys[key])
	t.remark()
}

// MarkRange begins a range at the selected row, and ends it where one has begun: what lies
// between is marked.
func (t *Table) MarkRange() {
	i, ok := t.Selected()
	if !ok || t.endRange() {
		return
	}
	t.marks.ranging, t.marks.anchor, t.marks.from = true, t.rows.Key(i), t.cursor
}

// MarkAll marks all rows that are shown, or unmarks them where all are marked.
func (t *Table) MarkAll() {
	t.marks.ranging = false
	mark := slices.ContainsFunc(t.order, func(i int) bool { return !t.marks.keys[t.rows.Key(i)] })
	for _, i := range t.order {
		t.mark(t.rows.Key(i), mark)
	}
	t.remark()
}

// Unmark drops an open range, else unmarks all rows. It reports false where there is
// neither.
func (t *Table) Unmark() bool {
	switch {
	case t.marks.ranging:
		t.marks.ranging = false
	case len(t.marks.rows) > 0:
		t.marks = marks{}
	default:
		return false
	}
	return true
}

// Marked are the indices of the rows that are marked, or lie in an open range.
func (t *Table) Marked() []int {
	if !t.marks.ranging {
		return t.marks.rows
	}
	out := slices.Clone(t.marks.rows)
	for at := min(t.marks.from, t.cursor); at <= max(t.marks.from, t.cursor) && at < len(t.order); at++ {
		out = append(out, t.order[at])
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// Ranging reports whether a range is open.
func (t *Table) Ranging() bool { return t.marks.ranging }

func (t *Table) endRange() bool {
	if !t.marks.ranging {
		return false
	}
	for _, i := range t.Marked() {
		t.mark(t.rows.Key(i), true)
	}
	t.marks.ranging = false
	t.remark()
	return true
}

func (t *Table) mark(key string, mark bool) {
	if t.marks.keys == nil {
		t.marks.keys = map[string]bool{}
	}
	if mark {
		t.marks.keys[key] = true
	} else {
		delete(t.marks.keys, key)
	}
}

// remark finds the rows that are marked.
func (t *Table) remark() {
	t.marks.rows = nil
	if len(t.marks.keys) == 0 || t.rows == nil {
		return
	}
	for i := range t.rows.Len() {
		if t.marks.keys[t.rows.Key(i)] {
			t.marks.rows = append(t.marks.rows, i)
		}
	}
}

// findAnchor finds the row again at which a range begins; where it is not shown any more,
// there is no range.
func (t *Table) findAnchor() {
	if t.marks.ranging {
		t.marks.from = slices.IndexFunc(t.order, func(i int) bool { return t.rows.Key(i) == t.marks.anchor })
		t.marks.ranging = t.marks.from >= 0
	}
}

// IsMarked reports whether the i-th of the rows that are shown is marked.
func (t *Table) IsMarked(i int) bool {
	return t.marks.keys[t.rows.Key(t.order[i])] || t.marks.ranging && i >= min(t.marks.from, t.cursor) && i <= max(t.marks.from, t.cursor)
}
