package signers

import "trustdeck/tui/screen"

var _ screen.Reader = (*Screen)(nil)

// Read is the list with its detail.
func (s *Screen) Read() screen.Reading { return screen.ReadSplit(&s.split) }
