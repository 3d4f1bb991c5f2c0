package guide

import (
	"trustdeck/tui/flow"
	"trustdeck/tui/nav"
	"trustdeck/tui/screen"
)

// Walk makes the screen of a flow that is not registered.
func Walk(env *screen.Env, f *flow.Flow, route nav.Route) *Screen { return walk(env, f, route) }

// State is where the flow is.
func (s *Screen) State() flow.State { return s.state() }

// Busy reports whether an answer of the background is awaited.
func (s *Screen) Busy() bool { return s.machine == nil || s.busy() }

// Refuse refuses the answer that is shown.
func (s *Screen) Refuse(err error) {
	s.machine.Refuse(err)
	s.settle()
}
