package screen

// SelectedKey is what the selected row is known by; empty where none is.
func (l *List[T]) SelectedKey() string {
	row, ok := l.Selected()
	if !ok {
		return ""
	}
	return l.of.Key(row)
}

// Visible are the rows in sight.
func (l *List[T]) Visible() []*T {
	var out []*T
	for _, i := range l.table.Visible() {
		out = append(out, l.At(i))
	}
	return out
}
