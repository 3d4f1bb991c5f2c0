package tui

import (
	"slices"

	tea "charm.land/bubbletea/v2"

	"trustdeck/tui/nav"
	"trustdeck/tui/screen"
	"trustdeck/tui/text"
)

// top is the place where the user is.
func (m *Model) top() *frame { return &m.stack[len(m.stack)-1] }

// show makes the screen of the top place, where it has none yet.
func (m *Model) show() tea.Cmd {
	f := m.top()
	if f.screen != nil {
		return nil
	}
	f.screen = Build(m.env, f.route)
	f.screen.SetSize(m.body())
	return f.screen.Init()
}

// push goes to a place. A place is on the stack once: going where one has been
// is going back.
func (m *Model) push(route nav.Route) tea.Cmd {
	m.filter = nil
	at := slices.IndexFunc(m.stack, func(f frame) bool { return f.route.Same(route) })
	if at < 0 {
		m.stack = append(m.stack, frame{route: route})
		return m.show()
	}
	m.cut(at + 1)
	cmd := m.show()
	f := m.top()
	f.route = route
	if r, ok := f.screen.(screen.Router); ok {
		return tea.Batch(cmd, r.Show(route))
	}
	return cmd
}

// pop goes back one place. At the first place it does nothing.
func (m *Model) pop() tea.Cmd {
	m.filter = nil
	if len(m.stack) == 1 {
		return nil
	}
	m.cut(len(m.stack) - 1)
	return m.show()
}

// cut leaves all places from n on, for good.
func (m *Model) cut(n int) {
	for _, f := range m.stack[n:] {
		if c, ok := f.screen.(screen.Closer); ok {
			c.Close()
		}
	}
	m.stack = slices.Delete(m.stack, n, len(m.stack))
}

// titles are the breadcrumbs.
func (m *Model) titles() []string {
	out := make([]string, len(m.stack))
	for i, f := range m.stack {
		out[i] = title(f)
	}
	return out
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
