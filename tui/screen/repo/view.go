package repo

import (
	"strings"

	"trustdeck/tui/nav"
	"trustdeck/tui/text"
	"trustdeck/tui/theme"
	"trustdeck/tui/widget"
)

// SetSize lays the tabs out.
func (s *Screen) SetSize(width, height int) {
	s.width, s.height = width, height
	for _, t := range s.tabs {
		t.pane().SetSize(width, height-1)
	}
	if s.repo() != nil {
		// The role tree holds styles.
		s.tabs[0].load()
		s.tab().lay()
	}
}

// bar is the line of tabs, with the counts that are known.
func (s *Screen) bar() widget.Bar {
	var titles []string
	for i, name := range nav.Tabs() {
		title := strings.ToUpper(string(name[:1])) + string(name[1:])
		if n, ok := s.tabs[i].count(); ok {
			title += " " + text.Number(n)
		}
		titles = append(titles, title)
	}
	return widget.Tabs(s.env.Styles, titles, s.active, s.width)
}

// View draws the tabs and the active one, or why there is nothing to show.
func (s *Screen) View() string {
	if s.repo() == nil {
		lines := append([]string{s.bar().Text, widget.Rule(s.env.Styles, "", s.width), ""}, s.absent()...)
		return widget.Lines(lines, s.height)
	}
	return s.bar().Text + "\n" + s.tab().pane().View(s.env.Styles)
}

// absent says why the repository cannot be shown, and what to do.
func (s *Screen) absent() []string {
	doc := widget.NewDoc(s.env.Styles, s.width-4)
	mark := s.env.Styles.ForLevel(s.view.Assessment.Level)
	switch {
	case s.known && s.view.Fault != nil:
		what, hint := text.Error(s.view.Fault)
		doc.Marked(mark, text.Sentence(what))
		if hint != "" {
			doc.Indented(text.Sentence(hint), theme.Accent)
		}
		if s.view.Fault.Scope != "" {
			doc.Indented("Asked for "+text.Clean(s.view.Fault.Scope)+".", theme.Dim)
		}
		doc.Space()
		doc.Indented("r reads again, esc goes back, L shows every request.", theme.Dim)
	default:
		doc.Para(s.env.Styles.Glyphs.Loading+" Reading "+text.Clean(s.gun.String())+"..", theme.Dim)
	}
	lines := doc.Lines()
	for i, line := range lines {
		lines[i] = "  " + line
	}
	return lines
}
