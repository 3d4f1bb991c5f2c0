package guide

import (
	"slices"

	"trustdeck/model/admin"
	"trustdeck/tui/flow"
	"trustdeck/tui/screen"
)

// Activity tells whose turn it is, and how far an execution is.
func (s *Screen) Activity() screen.Activity {
	a := screen.Activity{State: s.turn(), Title: s.Title()}
	if s.state() == flow.Executing {
		a.Done, a.Total = counted(s.machine)
	}
	return a
}

func (s *Screen) turn() screen.ActivityState {
	switch {
	case s.fault != nil:
		return screen.Broken
	case s.secret != nil:
		return screen.Unlocking
	case s.machine == nil || s.busy():
		return screen.Working
	}
	switch s.state() {
	case flow.Executing:
		if slices.ContainsFunc(s.machine.Steps(), func(step admin.Step) bool { return step.State == admin.StepTouch }) {
			return screen.Touching
		}
		return screen.Working
	case flow.Preparing:
		return screen.Working
	case flow.Reviewing, flow.Confirming:
		if ok, _ := s.machine.Ready(); !ok {
			return screen.Asking
		}
		return screen.Reviewing
	case flow.Done:
		return screen.Finished
	case flow.Failed:
		return screen.Broken
	case flow.Stopped: // by the user, who knows
		return screen.Resting
	default:
		return screen.Asking
	}
}
