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
			return len(m.frames) > 1 || m.options.SinglePage || m.top().filter() != "" || m.top().marked() > 0 || m.lasting(), "this is the first place; q quits"
		},
		keymap.TokenTouch: func() (bool, string) { return m.touching, "the practice token doesn't ask for a touch now" },
		keymap.Suspend: func() (bool, string) {
			return runtime.GOOS != "windows", "Windows can't suspend programs"
		},
	}
	actions := keymap.Scoped(keymap.Global)
	if m.env.Course == nil {
		actions = slices.DeleteFunc(actions, func(a keymap.Action) bool { return a.ID == keymap.GoLessons })
	}
	if m.options.Hand == nil {
		actions = slices.DeleteFunc(actions, func(a keymap.Action) bool { return a.ID == keymap.TokenTouch || a.ID == keymap.TokenMove })
	}
	if m.env.Contexts == nil {
		actions = slices.DeleteFunc(actions, func(a keymap.Action) bool { return a.ID == keymap.GoContexts })
	}
	for i, a := range actions {
		if when := conditions[a.ID]; when != nil {
			actions[i] = a.Given(when)
		}
	}
	return actions
}

func (m *Model) canFilter() (bool, string) {
	_, ok := m.top().filterer()
	return ok, "there is no list here"
}

func (m *Model) canSort() (bool, string) {
	s, ok := m.top().screen.(screen.Sorter)
	return ok && len(s.SortColumns()) > 0, "there is nothing to sort here"
}

func (m *Model) canCopy() (bool, string) {
	s, ok := m.top().screen.(screen.Copier)
	return ok && len(s.CopyItems()) > 0, "the selection has nothing to copy"
}

func (m *Model) canRefresh() (bool, string) {
	_, ok := m.top().screen.(screen.Refresher)
	return ok, "there is nothing to refresh here"
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
	if t, ok := m.top().screen.(screen.Typist); ok {
		return m.ownFooter(t.Typing())
	}
	actions := slices.DeleteFunc(m.offered(), func(a keymap.Action) bool {
		if ok, _ := a.Available(); !ok && (a.ID == keymap.Back || a.ID == keymap.TokenTouch || a.Scope == keymap.Change) {
			return true
		}
		return a.Rank == 0 || a.ID == keymap.Commands
	})
	slices.SortStableFunc(actions, func(a, b keymap.Action) int { return a.Rank - b.Rank })
	return actions
}

// placeActions go to the places where most is done, and to all others; none where what is
// typed goes elsewhere. They stand above the footer at every width.
func (m *Model) placeActions() []keymap.Action {
	if _, ok := m.top().screen.(screen.Typist); ok || m.filter != nil {
		return nil
	}
	actions := keymap.Get(keymap.GoRepos, keymap.GoDoctor, keymap.GoKeys, keymap.GoSigners, keymap.Commands)
	for i, label := range []string{"repos", "Doctor", "keys", "signers"} {
		actions[i].Label = label
	}
	return actions
}

// ownFooter is that of a screen that is typed into: what it offers itself, the way
// back, and help. While letters go into a field, only other keys are shown.
func (m *Model) ownFooter(typing bool) []keymap.Action {
	var out []keymap.Action
	back := keymap.One(keymap.Back)
	if h, ok := m.top().screen.(screen.Holder); ok {
		back.Label = h.BackLabel()
	}
	actions := append(m.top().screen.Actions(), back, keymap.One(keymap.ShowHelp))
	if m.touching {
		actions = append(actions, keymap.One(keymap.TokenTouch))
	}
	for _, a := range actions {
		if a.Rank > 0 {
			out = append(out, a)
		}
	}
	if typing {
		out = withoutLetters(out)
	}
	slices.SortStableFunc(out, func(a, b keymap.Action) int { return a.Rank - b.Rank })
	return out
}

// withoutLetters are the actions with the keys that are not typed into a field, as far as
// they have such.
func withoutLetters(actions []keymap.Action) []keymap.Action {
	var out []keymap.Action
	for _, a := range actions {
		a.Keys = slices.DeleteFunc(slices.Clone(a.Keys), func(key string) bool { return len([]rune(key)) == 1 || key == "space" })
		if len(a.Keys) > 0 {
			out = append(out, a)
		}
	}
	return out
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
	if slices.Contains(screen.PaneMoves(), a.ID) {
		m.slipped = slipped{} // a user who moves looks where to
	} else if why := m.slip(a); why != "" {
		return m.toast(model.Notice, why)
	}
	return m.top().screen.Update(screen.ActionMsg{ID: a.ID})
}

// perform does a global action that is possible now.
func (m *Model) perform(id keymap.ID) tea.Cmd {
	switch id {
	case keymap.Back:
		return m.back()
	case keymap.BackQuit:
		if len(m.frames) > 1 || m.options.SinglePage {
			return m.leave()
		}
		m.open(m.newQuitQuestion())
	case keymap.Quit:
		return m.interrupt()
	case keymap.Commands:
		m.open(m.newPalette())
	case keymap.ShowHelp:
		m.open(m.newHelp())
	case keymap.Find:
		in := widget.NewInput("type to filter", m.top().filter())
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
		return m.suspend()
	case keymap.TokenTouch:
		m.options.Hand.Touch()
	case keymap.TokenMove:
		if m.options.Hand.Move() {
			return m.toast(model.Notice, "The practice token is plugged in.")
		}
		return m.toast(model.Notice, "The practice token is pulled out.")
	default:
		return m.visit(id)
	}
	return nil
}

// places are those that have an action of their own.
var places = map[keymap.ID]nav.Kind{
	keymap.GoRepos: nav.KindRepos, keymap.GoKeys: nav.KindKeys, keymap.GoDoctor: nav.KindDoctor,
	keymap.GoCeremony: nav.KindCeremony, keymap.GoTokens: nav.KindTokens, keymap.GoSigners: nav.KindSigners, keymap.GoStaged: nav.KindStaged, keymap.GoContexts: nav.KindContexts, keymap.GoLessons: nav.KindLessons,
	keymap.GoTasks: nav.KindTasks, keymap.GoSettings: nav.KindSettings, keymap.GoEnv: nav.KindEnv,
	keymap.GoLog: nav.KindLog, keymap.GoWelcome: nav.KindWelcome,
}

// visit goes to one of the places.
func (m *Model) visit(id keymap.ID) tea.Cmd {
	return m.push(nav.Place(places[id]))
}

// push goes to a place, as long as that leaves none that is busy.
func (m *Model) push(route nav.Route) tea.Cmd {
	n := len(m.frames)
	if at := m.find(route); at >= 0 {
		n = at + 1
	}
	return m.leaving(n, func(m *Model) tea.Cmd { return m.stack.push(route) })
}

// swap goes to a place instead of the present one. The first place stays.
func (m *Model) swap(route nav.Route) tea.Cmd {
	if len(m.frames) == 1 {
		return m.push(route)
	}
	return m.leaving(len(m.frames)-1, func(m *Model) tea.Cmd {
		m.cut(len(m.frames) - 1)
		return m.stack.push(route)
	})
}

// pop goes back one place. At the first place it does nothing, or ends a UI that is
// about that place alone.
func (m *Model) pop() tea.Cmd {
	return m.leaving(len(m.frames)-1, func(m *Model) tea.Cmd {
		if m.options.SinglePage && len(m.frames) == 1 {
			return m.quit()
		}
		return m.stack.pop()
	})
}

// leaving leaves the places from n on and then does what is next. It is refused
// where one of them must not be left, and asks where something would be lost.
func (m *Model) leaving(n int, next func(*Model) tea.Cmd) tea.Cmd {
	if why := m.held(n); why != "" {
		return m.toast(model.Notice, why)
	}
	act := func(m *Model, _ string) tea.Cmd {
		m.filter = nil
		return next(m)
	}
	for _, f := range m.frames[n:] {
		if h, ok := f.screen.(screen.Holder); ok && h.Lost() != "" {
			m.open(newLeaveQuestion(title(f), h.Lost(), act))
			return nil
		}
	}
	return act(m, "")
}

// leave goes back one place, as the user asks, or one step within the place.
func (m *Model) leave() tea.Cmd {
	if h, ok := m.top().screen.(screen.Holder); ok && h.StepBack() {
		return nil
	}
	return m.pop()
}

// back dismisses a notice, else clears the filter, else goes back one place.
func (m *Model) back() tea.Cmd {
	switch {
	case m.lasting():
		m.dismiss()
		return nil
	case m.top().filter() != "":
		m.setFilter("")
		return nil
	case m.top().unmark():
		return nil
	default:
		return m.leave()
	}
}

func (m *Model) switchMouse() tea.Cmd {
	m.mouse = !m.mouse
	if m.mouse {
		return m.toast(model.Notice, "trustdeck uses the mouse again.")
	}
	return m.toast(model.Notice, "The terminal uses the mouse; select text as usual. Press m to switch back.")
}
