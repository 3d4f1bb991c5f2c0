package role

import (
	"trustdeck/tui/screen"
)

var _ screen.Reader = (*Screen)(nil)

// Read is all about the role and the list of its relatives, or why there is
// nothing to show.
func (s *Screen) Read() screen.Reading {
	if s.role() == nil {
		return screen.ReadView(s)
	}
	return screen.ReadAside(&s.pane)
}
