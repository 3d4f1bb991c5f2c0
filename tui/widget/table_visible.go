package widget

// Visible are the indices of the rows in sight.
func (t *Table) Visible() []int {
	return t.order[min(t.offset, len(t.order)):min(t.offset+t.window(), len(t.order))]
}
