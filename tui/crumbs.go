package tui

import (
	"trustdeck/tui/nav"
	"trustdeck/tui/screen"
	"trustdeck/tui/text"
)

// crumb is one of the breadcrumbs: a place, and what it is called.
type crumb struct {
	route nav.Route
	title string
}

// crumbs are the places above the present one, and that itself: where it is, not how
// one came there. A flow is at the place where it was begun.
func (s *stack) crumbs() []crumb {
	var out []crumb
	at := len(s.frames) - 1
	for at > 0 && s.frames[at].route.Kind == nav.KindFlow {
		at--
	}
	if s.single {
		at = -1
	}
	if at >= 0 {
		out = s.above(s.frames[at])
	}
	for _, f := range s.frames[at+1:] {
		out = append(out, crumb{f.route, title(f)})
	}
	return out
}

// above are the places from the top to that of a frame, and its tab.
func (s *stack) above(f frame) []crumb {
	var out []crumb
	for _, route := range f.route.Trail() {
		out = append(out, crumb{route, s.titleOf(route)})
	}
	if t, ok := f.screen.(tabbed); ok {
		out = append(out, crumb{t.Route(), t.TabTitle()})
	}
	return out
}

// tabbed is a screen of which each tab is a place.
type tabbed interface {
	screen.Router
	// TabTitle names the present tab, clean.
	TabTitle() string
}

// titles are the names of the breadcrumbs.
func (s *stack) titles() []string {
	var out []string
	for _, c := range s.crumbs() {
		out = append(out, c.title)
	}
	return out
}

// titleOf names a place, as its screen does where one has been there.
func (s *stack) titleOf(route nav.Route) string {
	if at := s.find(route); at >= 0 {
		return title(s.frames[at])
	}
	return title(frame{route: route})
}

func title(f frame) string {
	if f.screen != nil {
		return f.screen.Title()
	}
	switch f.route.Kind {
	case nav.KindRepos:
		return "Repositories"
	case nav.KindRepo:
		return text.Repo(f.route.GUN)
	default:
		return text.Clean(f.route.String())
	}
}
