package repos

import (
	"trustdeck/tui/screen"
	"trustdeck/tui/widget"
)

var _ screen.Reader = (*Screen)(nil)

// Read is the list, and what the strip says of the selected repository.
func (s *Screen) Read() screen.Reading {
	out := screen.Reading{List: &s.table, Empty: s.table.Empty}
	if v, ok := s.selected(); ok {
		lines := s.reason(v, 1)
		if v.Repository != nil {
			lines = append(append(append(lines, s.roles(v)...), s.people(v)...), s.publish(v))
		}
		out.Detail = widget.StaticText(lines)
	}
	return out
}
