package tui

import (
	"slices"
	"time"

	tea "charm.land/bubbletea/v2"

	"trustdeck/model/health"
	"trustdeck/tui/flow"
	"trustdeck/tui/nav"
	"trustdeck/tui/screen"
)

// stack is the way to the place where the user is.
type stack struct {
	env    *screen.Env
	frames []frame
	// single tells that nothing is above the first place.
	single bool
	// body is the size of the part that screens draw.
	body func() (width, height int)
}

// frame is a place on the stack. Its screen is made when it is first shown, so
// that a deep link does not read what nobody looks at.
type frame struct {
	route  nav.Route
	screen screen.Screen
}

// filterer is the screen, where it has rows to filter now.
func (f *frame) filterer() (screen.Filterer, bool) {
	filterer, ok := f.screen.(screen.Filterer)
	if some, at := f.screen.(screen.Filterable); ok && at {
		ok = some.Filterable()
	}
	return filterer, ok
}

// filter is the pattern that the rows must match; empty where all are shown.
func (f *frame) filter() string {
	if filterer, ok := f.filterer(); ok {
		return filterer.Filter()
	}
	return ""
}

// marked is how many rows are marked.
func (f *frame) marked() int {
	if m, ok := f.screen.(screen.Marker); ok {
		return m.Marked()
	}
	return 0
}

// unmark drops an open range, else all marks. It reports false where there is neither.
func (f *frame) unmark() bool {
	m, ok := f.screen.(screen.Marker)
	return ok && m.Unmark()
}

// newStack is the way to a place; the zero Route is the list of repositories.
// Where it is single, nothing is above it.
func newStack(env *screen.Env, start nav.Route, single bool, body func() (width, height int)) stack {
	if start == (nav.Route{}) {
		start = nav.Place(nav.KindRepos)
	}
	s := stack{env: env, single: single, body: body}
	trail := start.Trail()
	if single {
		trail = trail[len(trail)-1:]
	}
	for _, route := range trail {
		s.frames = append(s.frames, frame{route: route})
	}
	return s
}

// top is the place where the user is.
func (s *stack) top() *frame { return &s.frames[len(s.frames)-1] }

// show makes the screen of the top place, where it has none yet.
func (s *stack) show() tea.Cmd {
	f := s.top()
	if f.screen != nil {
		return nil
	}
	f.screen = build(s.env, f.route)
	f.screen.SetSize(s.body())
	f.selectRow()
	return f.screen.Init()
}

// selectRow selects the row that the route names, if it names one.
func (f *frame) selectRow() {
	if sel, ok := f.screen.(screen.Selector); ok && f.route.Row != "" {
		sel.Select(f.route.Row)
	}
}

// push goes to a place. A place is on the stack once: going where one has been
// is going back.
func (s *stack) push(route nav.Route) tea.Cmd {
	at := s.find(route)
	if at < 0 {
		s.frames = append(s.frames, frame{route: route})
		return s.show()
	}
	s.cut(at + 1)
	cmd := s.show()
	f := s.top()
	f.route = route
	if route.Row != "" {
		s.setFilter("")
		f.selectRow()
	}
	if r, ok := f.screen.(screen.Router); ok {
		return tea.Batch(cmd, r.Show(route))
	}
	return cmd
}

// find is where on the stack a place is; -1 where it is not.
func (s *stack) find(route nav.Route) int {
	return slices.IndexFunc(s.frames, func(f frame) bool { return f.route.Same(route) })
}

// pop goes back one place. At the first place it does nothing.
func (s *stack) pop() tea.Cmd {
	if len(s.frames) == 1 {
		return nil
	}
	s.cut(len(s.frames) - 1)
	return s.show()
}

// cut leaves all places from n on, for good.
func (s *stack) cut(n int) {
	for _, f := range s.frames[n:] {
		if c, ok := f.screen.(screen.Closer); ok {
			c.Close()
		}
	}
	s.frames = slices.Delete(s.frames, n, len(s.frames))
}

// setFilter filters the rows of the top place.
func (s *stack) setFilter(pattern string) {
	if filterer, ok := s.top().filterer(); ok {
		filterer.SetFilter(pattern)
	}
}

// learn notes what is shown, and says what has been done of the lessons since.
func (s *stack) learn() (said string, cmd tea.Cmd) {
	if s.env.Course == nil {
		return "", nil
	}
	f := s.top()
	route := f.route
	if r, ok := f.screen.(screen.Router); ok {
		route = r.Route()
	}
	s.env.Course.See(s.env, route)
	if w, ok := f.screen.(walker); ok {
		s.env.Course.Reviewed(w.Walked())
	}
	said, changed := s.env.Course.Follow(s.env)
	if changed {
		cmd = s.broadcast(screen.CourseMsg{})
	}
	return said, cmd
}

// walker is a screen that walks through a guided change.
type walker interface{ Walked() *flow.Machine }

// broadcast hands a message to every screen, each of which knows its own.
func (s *stack) broadcast(msg tea.Msg) tea.Cmd {
	var cmds []tea.Cmd
	for i := range s.frames {
		if screen := s.frames[i].screen; screen != nil {
			cmds = append(cmds, screen.Update(msg))
		}
	}
	return tea.Batch(cmds...)
}

// answer takes a result from the background: first the board, which tells the
// screens, else every screen. News tells that the board has changed.
func (s *stack) answer(msg tea.Msg) (cmd tea.Cmd, news bool) {
	if said, next := s.env.Board.Update(msg); said != nil {
		return tea.Batch(next, s.broadcast(*said)), true
	}
	return s.broadcast(msg), false
}

// judge warns of expiries from another time before them on.
func (s *stack) judge(soon time.Duration) tea.Cmd {
	s.env.Soon = soon
	return s.broadcast(screen.BoardMsg{Changed: s.env.Board.Judge(health.Options{Soon: soon})})
}
