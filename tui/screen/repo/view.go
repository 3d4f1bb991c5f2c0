package repo

import (
	"trustdeck/tui/detail"
	"trustdeck/tui/keymap"
	"trustdeck/tui/nav"
	"trustdeck/tui/text"
	"trustdeck/tui/widget"
)

// SetSize lays the tabs out.
func (s *Screen) SetSize(width, height int) {
	s.width, s.height = width, height
	for _, t := range s.tabs {
		t.SetSize(width, height)
	}
}

// TabTitle names the active tab.
func (s *Screen) TabTitle() string { return s.tabTitle(nav.Tabs()[s.active]) }

func (s *Screen) tabTitle(tab nav.Tab) string {
	if tab == nav.TabTags {
		return text.Capital(s.env.DialectOf(s.gun).Words().Targets())
	}
	return text.Capital(string(tab))
}

// bar is the line of tabs: the key of each, its name, and the count that is known.
func (s *Screen) bar() widget.Bar {
	var tabs []widget.Tab
	for i, name := range nav.Tabs() {
		tab := widget.Tab{Key: keymap.Shown(keymap.One(tabActions[i]).Keys[0]), Title: s.tabTitle(name)}
		if n, ok := s.tabs[i].count(); ok {
			tab.Count = text.Number(n)
		}
		tabs = append(tabs, tab)
	}
	return widget.Tabs(s.env.Styles, tabs, s.active, s.width)
}

// head is the line above each tab.
func (s *Screen) head() string { return s.bar().Text }

// View draws the tabs and the active one, or why there is nothing to show.
func (s *Screen) View() string {
	if s.repo() == nil {
		lines := append([]string{s.bar().Text, widget.Rule(s.env.Styles, "", s.width), ""}, detail.Absent(s.env, s.gun, s.width)...)
		return widget.Lines(lines, s.height)
	}
	return s.tab().View()
}
