package screen

// Visible are the rows in sight.
func (l *List[T]) Visible() []*T {
	var out []*T
	for _, i := range l.table.Visible() {
		out = append(out, l.At(i))
	}
	return out
}
