package tag

import (
	"trustdeck/tui/screen"
)

var _ screen.Reader = (*Screen)(nil)

// Read is all about the tag and the list of the roles that have it, or why there
// is nothing to show.
func (s *Screen) Read() screen.Reading {
	if s.found == nil {
		return screen.ReadView(s)
	}
	return screen.ReadAside(&s.pane)
}
