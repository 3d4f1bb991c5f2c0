package tui

import (
	"trustdeck/tui/nav"
	"trustdeck/tui/screen"
	"trustdeck/tui/screen/log"
	"trustdeck/tui/screen/repo"
	"trustdeck/tui/screen/repos"
	"trustdeck/tui/screen/welcome"
)

// build makes the screen of a route. A route of an unknown kind leads to the
// list of repositories.
func build(env *screen.Env, route nav.Route) screen.Screen {
	switch route.Kind {
	case nav.KindWelcome:
		return welcome.New(env)
	case nav.KindRepo:
		return repo.New(env, route.GUN, route.Tab)
	case nav.KindLog:
		return log.New(env)
	default:
		return repos.New(env)
	}
}
