package screen

import (
	tea "charm.land/bubbletea/v2"

	"trustdeck/tui/theme"
	"trustdeck/tui/widget"
)

// ViewList draws a list with its detail below a rule, or, where it has no rows,
// why that is.
func ViewList(st *theme.Styles, p *widget.Split, rows, width, height int) string {
	rule := widget.Rule(st, "", width)
	if rows > 0 {
		return rule + "\n" + p.View(st)
	}
	lines := []string{rule}
	for _, line := range p.Table.Empty {
		lines = append(lines, "  "+line)
	}
	return widget.Lines(lines, height)
}

// CursorBelow is the cursor of a list that stands below a rule; nil where nothing
// is selected.
func CursorBelow(list interface{ Cursor() (x, y int, ok bool) }) *tea.Cursor {
	x, y, ok := list.Cursor()
	if !ok {
		return nil
	}
	return tea.NewCursor(x, y+1)
}

// Sortable lists the titles of the columns that a list can be sorted by.
func Sortable(columns []widget.Column) []string {
	var titles []string
	for _, c := range columns {
		if !c.Unsorted {
			titles = append(titles, c.Title)
		}
	}
	return titles
}
