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
