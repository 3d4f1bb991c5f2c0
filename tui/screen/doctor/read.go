package doctor

import "trustdeck/tui/screen"

var _ screen.Reader = (*Screen)(nil)

// Read is the list of findings with the detail, or what stands in for it.
func (s *Screen) Read() screen.Reading {
	if len(s.findings) == 0 {
		return screen.Reading{Text: s.blank.Content()}
	}
	return screen.ReadSplit(&s.split)
}
