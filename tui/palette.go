package tui

import (
	"cmp"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"trustdeck/tui/keymap"
	"trustdeck/tui/nav"
	"trustdeck/tui/screen"
	"trustdeck/tui/text"
	"trustdeck/tui/widget"
)

// palette gathers what can be searched for.
type palette []entry

// entry is what is found and what it does.
type entry struct {
	item widget.Item
	do   func(*Model) tea.Cmd
}

func (p *palette) add(it widget.Item, do func(*Model) tea.Cmd) { *p = append(*p, entry{it, do}) }

// overlay shows the entries, those last that are off now.
func (p palette) overlay() overlay {
	slices.SortStableFunc(p, func(a, b entry) int { return off(a) - off(b) })
	items := make([]widget.Item, len(p))
	for i := range p {
		items[i] = p[i].item
	}
	return newPick("Commands, places, repositories", keymap.Palette, items, func(m *Model, i int) tea.Cmd { return p[i].do(m) })
}

func off(e entry) int { return min(len(e.item.Off), 1) }

// newPalette offers every action, every place, every setting, and every repository that is known.
func (m *Model) newPalette() overlay {
	var p palette
	global := m.global()
	slices.SortStableFunc(global, func(a, b keymap.Action) int { return general(a) - general(b) })
	m.addActions(&p, m.top().screen.Actions())
	m.addChanges(&p)
	m.addActions(&p, global)
	for _, tab := range m.tabs() {
		note := "tab"
		if tab.Kind != nav.KindRepo {
			note = "place"
		}
		label := text.Clean(tab.String())
		p.add(widget.Item{Label: label, Note: note, Names: []string{label}}, visitor(tab))
	}
	m.addSettings(&p)
	for _, gun := range m.env.Board.Names() {
		label := text.Clean(gun.String())
		p.add(widget.Item{
			Label: label, Note: "repository", Proper: true,
			Names: []string{text.Repo(gun), label},
		}, visitor(nav.Repo(gun, nav.TabRoles)))
	}
	return p.overlay()
}

// general puts actions after places.
func general(a keymap.Action) int {
	if _, place := places[a.ID]; place {
		return 0
	}
	return 1
}

// addActions adds what can be done with a key here.
func (m *Model) addActions(p *palette, actions []keymap.Action) {
	for _, a := range actions {
		if a.Scope == keymap.Move && a.ID != keymap.Open || a.Scope == keymap.Marks || a.ID == keymap.Commands {
			continue
		}
		p.action(a, func(m *Model) tea.Cmd { return m.choose(a) }, m.clients(a)...)
	}
}

// clients are the names of other clients, for the place that is about them.
func (m *Model) clients(a keymap.Action) []string {
	if a.ID != keymap.GoEnv {
		return nil
	}
	words := m.env.DialectOf(m.top().route.GUN).Words()
	return []string{words.Puller, words.Pull, words.Programs}
}

// action adds an action, known by its title, its label, the words of others for it and
// more.
func (p *palette) action(a keymap.Action, do func(*Model) tea.Cmd, more ...string) {
	names := slices.Concat([]string{a.Title, a.Typed()}, a.Aliases(), more)
	it := widget.Item{
		Label: a.Title, Help: a.Help, Names: names,
		Match: strings.Join(append(names, a.Help), " "),
	}
	if len(a.Keys) > 0 {
		it.Note = keymap.Shown(a.Keys[0])
	}
	if ok, why := a.Available(); !ok {
		why = cmp.Or(why, "nothing can be changed")
		it.Off, it.Note, it.Help = why, "not now", "Not available here: "+text.Sentence(why)
	}
	p.add(it, do)
}

// addChanges adds the guided changes that the screen does not offer itself, about the
// repository where the user is, and those that no action begins.
func (m *Model) addChanges(p *palette) {
	offered := m.top().screen.Actions()
	about := m.env.About(m.top().route.GUN, m.top().route.Role)
	subject := func(keymap.ID) screen.Subject { return about }
	var ids []keymap.ID
	for _, a := range keymap.Scoped(keymap.Change) {
		if !slices.ContainsFunc(offered, func(o keymap.Action) bool { return o.ID == a.ID }) {
			ids = append(ids, a.ID)
		}
	}
	for _, a := range m.env.Changes(subject, ids...) {
		a.Keys = nil // they are not on here
		p.action(a, func(m *Model) tea.Cmd { return m.env.Begin(a.ID, about) })
	}
	for _, f := range m.env.Flows {
		if screen.Begun(f.ID) || f.Source == nil {
			continue
		}
		p.add(widget.Item{Label: f.Title, Note: "change", Names: []string{f.Title, f.ID}}, visitor(nav.Flow(f.ID, nil)))
	}
}

// addSettings adds the settings, known by the values that each can have too.
func (m *Model) addSettings(p *palette) {
	if m.env.Setup == nil {
		return
	}
	for _, s := range m.env.Setup.Run().Settings {
		names := []string{"Setting " + s.Name, s.Name}
		if s.Field != nil {
			for _, option := range s.Field.Options {
				if option != "true" && option != "false" {
					names = append(names, option)
				}
			}
		}
		for i := range names {
			names[i] = text.Clean(names[i])
		}
		p.add(widget.Item{
			Label: names[0], Note: "setting", Names: names, Help: text.Clean(s.Help),
			Match: strings.Join(append(names, text.Clean(s.Help)), " "),
		}, visitor(nav.Setting(s.Name)))
	}
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
