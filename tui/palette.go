package tui

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"trustdeck/tui/keymap"
	"trustdeck/tui/nav"
	"trustdeck/tui/text"
	"trustdeck/tui/widget"
)

// newPalette offers every action of this place, every place, and every
// repository that is known.
func (m *Model) newPalette() overlay {
	var items []widget.Item
	var run []func(*Model) tea.Cmd
	add := func(it widget.Item, do func(*Model) tea.Cmd) {
		items = append(items, it)
		run = append(run, do)
	}
	for _, a := range m.offered() {
		if a.Scope == keymap.Move && a.ID != keymap.Open || a.ID == keymap.Commands {
			continue
		}
		it := widget.Item{Label: strings.TrimSuffix(a.Help, "."), Match: a.Label + " " + a.Help}
		if len(a.Keys) > 0 {
			it.Note = keymap.Shown(a.Keys[0])
		}
		if ok, why := a.Available(); !ok {
			it.Label, it.Off = a.Label+": "+why, why
		}
		add(it, func(m *Model) tea.Cmd { return m.choose(a) })
	}
	for _, tab := range m.tabs() {
		note := "tab"
		if tab.Kind != nav.KindRepo {
			note = "place"
		}
		add(widget.Item{Label: text.Clean(tab.String()), Note: note}, visitor(tab))
	}
	for _, gun := range m.env.Board.Names() {
		add(widget.Item{Label: text.Clean(gun.String()), Note: "repository"}, visitor(nav.Repo(gun, nav.TabRoles)))
	}
	return newPick("Commands, places, repositories", keymap.Palette, items, func(m *Model, i int) tea.Cmd { return run[i](m) })
}

// tabs are those and the other places inside the repository where the user is.
func (m *Model) tabs() []nav.Route {
	gun := m.top().route.GUN
	if gun == "" {
		return nil
	}
	var out []nav.Route
	for _, tab := range nav.Tabs() {
		out = append(out, nav.Repo(gun, tab))
	}
	return append(out, nav.Quorum(gun), nav.Forecast(gun), nav.Roots(gun))
}

func visitor(route nav.Route) func(*Model) tea.Cmd {
	return func(m *Model) tea.Cmd { return m.push(route) }
}
