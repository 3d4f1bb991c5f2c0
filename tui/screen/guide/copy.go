package guide

import (
	"trustdeck/tui/flow"
	"trustdeck/tui/screen"
	"trustdeck/tui/text"
)

// CopyItems are the names in the plan, and how it ended.
func (s *Screen) CopyItems() []screen.CopyItem {
	if s.machine == nil || s.machine.Plan() == nil && s.machine.Job() == nil {
		return nil
	}
	if s.machine.Job() != nil {
		return s.copyJob()
	}
	p := s.machine.Plan()
	out := []screen.CopyItem{{Label: "digest of the plan", Text: p.Digest()}, {Label: "plan", Text: reviewText(s.machine), Lines: true}}
	if s.machine.Outcome() != nil && s.state() != flow.Executing {
		out = append([]screen.CopyItem{{Label: "report", Text: reportText(s.machine), Lines: true}}, out...)
	}
	for _, part := range p.Parts {
		out = append(out, screen.CopyItem{Label: "repository", Text: text.Clean(part.GUN.String())})
	}
	return out
}

// copyJob is what would be done, and how it ended.
func (s *Screen) copyJob() []screen.CopyItem {
	switch s.state() {
	case flow.Done, flow.Failed, flow.Stopped:
		return []screen.CopyItem{{Label: "report", Text: reportText(s.machine), Lines: true}}
	default:
		return []screen.CopyItem{{Label: "what would be done", Text: reviewText(s.machine), Lines: true}}
	}
}
