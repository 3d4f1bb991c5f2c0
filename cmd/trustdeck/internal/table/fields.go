package table

import (
	"bytes"
	"io"

	"trustdeck/tui/text"
)

// Fields is a list of labelled values, one a line.
type Fields struct {
	rows [][2]string
}

// Put adds a value; an empty one is left out. Without a label it goes on with the one before.
func (f *Fields) Put(label, value string) {
	if value != "" {
		f.rows = append(f.rows, [2]string{label, text.Clean(value)})
	}
}

// Write writes the fields with their values aligned.
func (f *Fields) Write(w io.Writer) error {
	widest := 0
	for _, row := range f.rows {
		widest = max(widest, text.Width(row[0]))
	}
	var b bytes.Buffer
	for _, row := range f.rows {
		label := row[0]
		if label != "" {
			label += ":"
		}
		b.WriteString(label + text.Spaces(widest+2-text.Width(label)) + row[1] + "\n")
	}
	_, err := w.Write(b.Bytes())
	return err
}
