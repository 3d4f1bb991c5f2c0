package welcome

import (
	"trustdeck/tui/screen"
	"trustdeck/tui/text"
	"trustdeck/tui/widget"
)

var _ screen.Reader = (*Screen)(nil)

// Read is what was found, and the ways to begin.
func (s *Screen) Read() screen.Reading {
	list := &widget.Table{}
	list.SetColumns([]widget.Column{{ID: 0}, {ID: 1}})
	list.SetRows(widget.RowsOf{
		N:     len(s.choices),
		KeyOf: func(i int) string { return s.choices[i].ID },
		CellOf: func(i, column int) widget.Cell {
			if column == 0 {
				return widget.Cell{Text: text.Clean(s.choices[i].Label)}
			}
			return widget.Cell{Text: text.Clean(s.choices[i].Help)}
		},
		CompareOf: func(_, i, j int) int { return i - j },
		MatchOf:   func(i int) string { return s.choices[i].Label },
	})
	list.Select(s.choices[s.cursor].ID)
	return screen.Reading{Text: widget.StaticText(s.intro()), List: list}
}
