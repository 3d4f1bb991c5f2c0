package table

import (
	"bytes"
	"io"
	"strings"

	"trustdeck/tui/text"
)

// gap is the number of spaces between columns, minFlex the width below which a
// flexible column is not cut.
const (
	gap     = 2
	minFlex = 16
)

// Column describes one column.
type Column struct {
	Title string
	// Right aligns to the right.
	Right bool
	// Flex marks a column that may be cut where a line is too long for the
	// terminal; the last such column is cut first.
	Flex bool
	// Optional marks a flexible column that goes before others are cut.
	Optional bool
	// KeepEnd cuts at the beginning, for names whose end tells most.
	KeepEnd bool
}

// Table is a heading and rows.
type Table struct {
	columns []Column
	rows    [][]string
}

// New makes a table without rows.
func New(columns ...Column) *Table { return &Table{columns: columns} }

// Row adds a row; it has a cell for every column. An empty cell shows "-".
func (t *Table) Row(cells ...string) {
	row := make([]string, len(t.columns))
	for i := range row {
		row[i] = text.Clean(cells[i])
		if row[i] == "" {
			row[i] = "-"
		}
	}
	t.rows = append(t.rows, row)
}

// Write writes the table. Width is that of the terminal; 0 where there is none,
// and then nothing is cut.
func (t *Table) Write(w io.Writer, width int) error {
	titles := make([]string, len(t.columns))
	for i, c := range t.columns {
		titles[i] = c.Title
	}
	lines := append([][]string{titles}, t.rows...)
	widths := t.widths(lines, width)
	var b bytes.Buffer
	for _, line := range lines {
		var out strings.Builder
		for i, cell := range line {
			if widths[i] == 0 {
				continue
			}
			if t.columns[i].KeepEnd {
				cell = text.TruncateLeft(cell, widths[i])
			} else {
				cell = text.Truncate(cell, widths[i])
			}
			pad := text.Spaces(widths[i] - text.Width(cell))
			if i > 0 {
				out.WriteString(strings.Repeat(" ", gap))
			}
			if t.columns[i].Right {
				out.WriteString(pad + cell)
			} else {
				out.WriteString(cell + pad)
			}
		}
		b.WriteString(strings.TrimRight(out.String(), " "))
		b.WriteByte('\n')
	}
	_, err := w.Write(b.Bytes())
	return err
}

func (t *Table) widths(lines [][]string, limit int) []int {
	widths := make([]int, len(t.columns))
	total := 0
	for i := range t.columns {
		for _, line := range lines {
			widths[i] = max(widths[i], text.Width(line[i]))
		}
		total += widths[i]
		if i > 0 {
			total += gap
		}
	}
	for i := len(widths) - 1; i >= 0 && limit > 0 && total > limit; i-- {
		switch c := t.columns[i]; {
		case c.Optional && widths[i]-minFlex < total-limit:
			total -= widths[i] + gap
			widths[i] = 0
		case c.Flex:
			cut := min(total-limit, max(widths[i]-minFlex, 0))
			widths[i] -= cut
			total -= cut
		}
	}
	return widths
}
