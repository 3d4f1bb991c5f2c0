package text

import "trustdeck/model/display"

// Clean is display.Escape.
func Clean(s string) string { return display.Escape(s) }

// ASCII is display.ASCII, of a clean string.
func ASCII(s string) string { return display.ASCII(s) }
