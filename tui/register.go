package tui

import (
	"trustdeck/tui/nav"
	"trustdeck/tui/screen"
	"trustdeck/tui/screen/ceremony"
	"trustdeck/tui/screen/clients"
	"trustdeck/tui/screen/contexts"
	"trustdeck/tui/screen/doctor"
	"trustdeck/tui/screen/explain"
	"trustdeck/tui/screen/forecast"
	"trustdeck/tui/screen/guide"
	"trustdeck/tui/screen/keys"
	"trustdeck/tui/screen/lessons"
	"trustdeck/tui/screen/log"
	"trustdeck/tui/screen/quorum"
	"trustdeck/tui/screen/repo"
	"trustdeck/tui/screen/repos"
	"trustdeck/tui/screen/role"
	"trustdeck/tui/screen/roots"
	"trustdeck/tui/screen/settings"
	"trustdeck/tui/screen/signers"
	"trustdeck/tui/screen/staged"
	"trustdeck/tui/screen/tag"
	"trustdeck/tui/screen/tasks"
	"trustdeck/tui/screen/tokens"
	"trustdeck/tui/screen/welcome"
)

// build makes the screen of a route. A route of an unknown kind leads to the
// list of repositories.
func build(env *screen.Env, route nav.Route) screen.Screen {
	switch route.Kind {
	case nav.KindWelcome:
		return welcome.New(env)
	case nav.KindRepo:
		s := repo.New(env, route.GUN, route.Tab)
		s.Begin(route.Role)
		return s
	case nav.KindRole:
		return role.New(env, route.GUN, route.Role)
	case nav.KindTag:
		return tag.New(env, route.GUN, route.Tag)
	case nav.KindQuorum:
		return quorum.New(env, route.GUN)
	case nav.KindForecast:
		return forecast.New(env, route.GUN)
	case nav.KindRoots:
		return roots.New(env, route.GUN)
	case nav.KindExplain:
		return explain.New(env, route.GUN, route.Tag)
	case nav.KindKeys:
		return keys.New(env)
	case nav.KindCeremony:
		return ceremony.New(env, route.File)
	case nav.KindTokens:
		return tokens.New(env)
	case nav.KindSigners:
		return signers.New(env)
	case nav.KindStaged:
		return staged.New(env)
	case nav.KindLessons:
		return lessons.New(env)
	case nav.KindFlow:
		return guide.New(env, route)
	case nav.KindDoctor:
		return doctor.New(env)
	case nav.KindLog:
		return log.New(env)
	case nav.KindTasks:
		return tasks.New(env)
	case nav.KindEnv:
		return clients.New(env)
	case nav.KindContexts:
		return contexts.New(env)
	case nav.KindSettings:
		return settings.New(env)
	default:
		return repos.New(env)
	}
}
