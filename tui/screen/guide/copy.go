package guide

import (
	"trustdeck/model"
	"trustdeck/tui/flow"
	"trustdeck/tui/screen"
	"trustdeck/tui/text"
)

// CopyItems are the review, the names in it, and how it ended.
func (s *Screen) CopyItems() []screen.CopyItem {
	if s.machine == nil || s.machine.Outcome() == nil {
		return nil
	}
	var out []screen.CopyItem
	ended := s.machine.Ended() && s.state() != flow.Executing
	if ended {
		out = append(out, screen.CopyItem{Label: "report", Text: reportText(s.machine), Lines: true})
	}
	if command := s.machine.CommandLine(); command != "" && !s.machine.Idle() {
		out = append(out, screen.CopyItem{Label: "command", Text: text.Clean(command)})
	}
	document, ok := s.document()
	if !ok {
		if !ended {
			out = append(out, screen.CopyItem{Label: "the review", Text: reviewText(s.machine), Lines: true})
		}
		return out
	}
	out = append(out, screen.CopyItem{Label: "plan digest", Text: document.Digest()}, screen.CopyItem{Label: "plan", Text: reviewText(s.machine), Lines: true})
	for _, gun := range s.about() {
		out = append(out, screen.CopyItem{Label: "repository", Text: text.Clean(gun.String())})
	}
	return out
}

// document is what the flow came to, where it can be written to a file.
func (s *Screen) document() (d flow.Document, ok bool) {
	if s.machine != nil {
		d, ok = s.machine.Outcome().(flow.Document)
	}
	return d, ok
}

// about are the repositories that it is about.
func (s *Screen) about() []model.GUN {
	if about, ok := s.machine.Outcome().(flow.About); ok {
		return about.GUNs()
	}
	return nil
}
