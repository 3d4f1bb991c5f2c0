package repo

import (
	"trustdeck/tui/screen"
)

var _ screen.Reader = (*Screen)(nil)

// Read is the active tab, or why there is nothing to show.
func (s *Screen) Read() screen.Reading {
	if s.repo() == nil {
		return screen.ReadView(s)
	}
	return screen.ReadSplit(s.tab().pane())
}
