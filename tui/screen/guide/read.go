package guide

import "trustdeck/tui/screen"

// Read is the page without its box. Who reads line by line walks through a flow in
// tui/plain, and sees this only where a flow cannot begin.
func (s *Screen) Read() screen.Reading { return screen.Reading{Text: s.page.Content()} }
