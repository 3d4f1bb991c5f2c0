package repo

import (
	"trustdeck/tui/detail"
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

// bar is the line of tabs, with the counts that are known.
func (s *Screen) bar() widget.Bar {
	var titles []string
	for i, name := range nav.Tabs() {
		title := text.Capital(string(name))
		if name == nav.TabTags {
			title = text.Capital(s.env.DialectOf(s.gun).Words().Targets())
		}
		if n, ok := s.tabs[i].count(); ok {
			title += " " + text.Number(n)
		}
		titles = append(titles, title)
	}
	return widget.Tabs(s.env.Styles, titles, s.active, s.width)
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
