package tui

import (
	"runtime"
	"slices"

	tea "charm.land/bubbletea/v2"

	"trustdeck/model"
	"trustdeck/tui/keymap"
	"trustdeck/tui/nav"
	"trustdeck/tui/screen"
	"trustdeck/tui/widget"
)

// global lists the actions that work everywhere, with their conditions on the
// present screen.
func (m *Model) global() []keymap.Action {
	conditions := map[keymap.ID]func() (bool, string){
		keymap.Find:    m.canFilter,
		keymap.Sort:    m.canSort,
		keymap.Copy:    m.canCopy,
		keymap.Refresh: m.canRefresh,
		keymap.Back: func() (bool, string) {
			return len(m.frames) > 1 || m.top().filter != "" || m.lasting(), "this is the first place; q quits"
		},
		keymap.Suspend: func() (bool, string) {
			return runtime.GOOS != "windows", "Windows cannot put programs to sleep"
		},
	}
	actions := keymap.Scoped(keymap.Global)
	if len(m.env.Lessons) == 0 {
		actions = slices.DeleteFunc(actions, func(a keymap.Action) bool { return a.ID == keymap.GoLessons })
	}
	for i, a := range actions {
		if when := conditions[a.ID]; when != nil {
			actions[i] = a.Given(when)
		}
	}
	return actions
}

func (m *Model) canFilter() (bool, string) {
	_, ok := m.top().screen.(screen.Filterer)
	return ok, "there is no list here"
}

func (m *Model) canSort() (bool, string) {
	s, ok := m.top().screen.(screen.Sorter)
	return ok && len(s.SortColumns()) > 0, "there is nothing to sort here"
}

func (m *Model) canCopy() (bool, string) {
	s, ok := m.top().screen.(screen.Copier)
	return ok && len(s.CopyItems()) > 0, "nothing is selected that could be copied"
}

func (m *Model) canRefresh() (bool, string) {
	_, ok := m.top().screen.(screen.Refresher)
	return ok, "there is nothing to read again here"
}

// offered lists everything that can be done here: what the screen offers, then
// the global actions.
func (m *Model) offered() []keymap.Action {
	return append(m.top().screen.Actions(), m.global()...)
}

// footer lists the actions of the footer by importance; help stands last, where
// it is never cut.
func (m *Model) footer() []keymap.Action {
	if m.filter != nil {
		return append(keymap.Scoped(keymap.Filter), keymap.One(keymap.ShowHelp))
	}
	actions := slices.DeleteFunc(m.offered(), func(a keymap.Action) bool {
		if ok, _ := a.Available(); !ok && a.ID == keymap.Back {
			return true
		}
		return a.Rank == 0
	})
	slices.SortStableFunc(actions, func(a, b keymap.Action) int { return a.Rank - b.Rank })
	return actions
}

// choose does an action, whichever way it was chosen. One that is off now
// explains itself.
func (m *Model) choose(a keymap.Action) tea.Cmd {
	if ok, why := a.Available(); !ok {
		return m.toast(model.Notice, a.Label+": "+why)
	}
	if a.Scope == keymap.Global {
		return m.perform(a.ID)
	}
	return m.top().screen.Update(screen.ActionMsg{ID: a.ID})
}

// perform does a global action that is possible now.
func (m *Model) perform(id keymap.ID) tea.Cmd {
	switch id {
	case keymap.Back:
		return m.back()
	case keymap.BackQuit:
		if len(m.frames) > 1 {
			return m.pop()
		}
		m.open(m.newQuitQuestion())
	case keymap.Quit:
		return tea.Quit
	case keymap.Commands:
		m.open(m.newPalette())
	case keymap.ShowHelp:
		m.open(m.newHelp())
	case keymap.Find:
		in := widget.NewInput("type to filter", m.top().filter)
		m.filter = &in
	case keymap.Sort:
		m.open(m.newSortMenu())
	case keymap.Copy:
		m.open(m.newCopyMenu())
	case keymap.Refresh:
		return m.top().screen.(screen.Refresher).Refresh()
	case keymap.Mouse:
		return m.switchMouse()
	case keymap.Redraw:
		return tea.ClearScreen
	case keymap.Suspend:
		return tea.Suspend
	default:
		return m.visit(id)
	}
	return nil
}

// places are those that have an action of their own.
var places = map[keymap.ID]nav.Kind{
	keymap.GoRepos: nav.KindRepos, keymap.GoKeys: nav.KindKeys, keymap.GoDoctor: nav.KindDoctor,
	keymap.GoSigners: nav.KindSigners, keymap.GoStaged: nav.KindStaged, keymap.GoLessons: nav.KindLessons,
	keymap.GoTasks: nav.KindTasks, keymap.GoSettings: nav.KindSettings,
	keymap.GoLog: nav.KindLog, keymap.GoWelcome: nav.KindWelcome,
}

// visit goes to one of the places.
func (m *Model) visit(id keymap.ID) tea.Cmd {
	return m.push(nav.Place(places[id]))
}

// push goes to a place.
func (m *Model) push(route nav.Route) tea.Cmd {
	m.filter = nil
	return m.stack.push(route)
}

// pop goes back one place. At the first place it does nothing.
func (m *Model) pop() tea.Cmd {
	m.filter = nil
	return m.stack.pop()
}

// back dismisses a notice, else clears the filter, else goes back one place.
func (m *Model) back() tea.Cmd {
	switch {
	case m.lasting():
		m.dismiss()
		return nil
	case m.top().filter != "":
		m.setFilter("")
		return nil
	default:
		return m.pop()
	}
}

func (m *Model) switchMouse() tea.Cmd {
	m.mouse = !m.mouse
	if m.mouse {
		return m.toast(model.Notice, "The mouse works here again.")
	}
	return m.toast(model.Notice, "The mouse is the terminal's: select text as usual. m switches back.")
}
