package tui

import (
	"time"

	"trustdeck/tui/text"
)

// roomy is the width from which the header tells an outage in full.
const roomy = 100

// outage says since when a place does not answer, and when it is tried again; empty where all
// answer. It is the first of several.
func (m *Model) outage() string {
	outages, alone := m.env.Board.Outages()
	if len(outages) == 0 {
		return ""
	}
	o := outages[0]
	words, next := "offline", "trying now"
	if o.Next.Sub(m.now) >= time.Second {
		next = "trying again in " + text.Span(m.now, o.Next)
	}
	if m.width >= roomy {
		if !alone {
			words = text.Truncate(text.Clean(o.Place), roomy/4) + " " + words
		}
		words += " since " + o.Since.UTC().Format("15:04 UTC")
	}
	return words + ", " + next
}
