package tui

import (
	"fmt"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"

	"trustdeck/tui/keymap"
	"trustdeck/tui/screen"
	"trustdeck/tui/text"
	"trustdeck/tui/theme"
	"trustdeck/tui/widget"
)

// View draws everything: the only place where a tea.View is made.
func (m *Model) View() tea.View {
	v := tea.NewView(m.content())
	v.AltScreen = true
	v.WindowTitle = m.windowTitle()
	v.ReportFocus = true
	v.KeyboardEnhancements = enhancements
	if m.mouse {
		v.MouseMode = tea.MouseModeCellMotion
	}
	if m.width > 0 && !m.tooSmall() {
		v.Cursor = m.cursor()
	}
	if m.width > 0 && !m.silent {
		a := m.activity()
		v.ProgressBar, v.ProgramStatus = progressBar(a), programStatus(a)
	}
	return v
}

func (m *Model) windowTitle() string {
	return "trustdeck - " + title(*m.top())
}

func (m *Model) content() string {
	switch {
	case m.width == 0 || m.top().screen == nil:
		return ""
	case m.tooSmall():
		return m.notice()
	}
	base := m.frame()
	if len(m.overlays) == 0 && len(m.toasts) == 0 {
		return base
	}
	layers := []*lipgloss.Layer{lipgloss.NewLayer(base)}
	for _, o := range m.overlays {
		p := m.place(o)
		layers = append(layers, lipgloss.NewLayer(p.box).X(p.x).Y(p.y))
	}
	if len(m.toasts) > 0 {
		t := m.toastPlace()
		layers = append(layers, lipgloss.NewLayer(t.box).X(t.x).Y(t.y))
	}
	return lipgloss.NewCompositor(layers...).Render()
}

// notice stands in for everything where there is no room.
func (m *Model) notice() string {
	words := []string{
		"The terminal is too small.",
		fmt.Sprintf("It has %d x %d; trustdeck needs %d x %d.", m.width, m.height, minWidth, minHeight),
		"Make it larger, or press q to quit.",
	}
	var lines []string
	for range max((m.height-len(words))/2, 0) {
		lines = append(lines, "")
	}
	for _, w := range words {
		w = text.Truncate(w, m.width)
		lines = append(lines, text.Spaces((m.width-text.Width(w))/2)+w)
	}
	return widget.Lines(lines, m.height)
}

// frame draws header, breadcrumbs, body, status and footer.
func (m *Model) frame() string {
	rule := m.places().Text
	_, height := m.bodySize()
	body := widget.Lines(strings.Split(m.top().screen.View(), "\n"), height)
	footer := m.footerBar().Text
	if m.compact() {
		if m.filter != nil {
			rule = m.filterLine()
		}
		return strings.Join([]string{m.compactHeader(), body, rule, footer}, "\n")
	}
	return strings.Join([]string{m.header(), m.crumbBar().Text, body, m.status(), rule, footer}, "\n")
}

// crumbLine is the line of the breadcrumbs.
func (m *Model) crumbLine() int {
	if m.compact() {
		return 0
	}
	return 1
}

func (m *Model) crumbBar() widget.Bar {
	width := m.width
	if m.compact() {
		width -= text.Width(m.standing(m.width-shortCrumbs)) + 2
	}
	return widget.Crumbs(&m.styles, m.titles(), width)
}

// places is the line above the footer: a rule with the places, unless what is typed goes
// elsewhere.
func (m *Model) places() widget.Bar {
	actions := m.placeActions()
	if len(actions) == 0 {
		return widget.Bar{Text: widget.Rule(&m.styles, "", m.width)}
	}
	return widget.Places(&m.styles, actions, m.width)
}

func (m *Model) footerBar() widget.Bar {
	return widget.Footer(&m.styles, m.footer(), m.width)
}

// shortPlace is how much of the header the name of the place has at least, and shortCrumbs the
// breadcrumbs where they share a line with the numbers.
const (
	shortPlace  = 8
	shortCrumbs = 16
)

func (m *Model) header() string {
	brand := " " + m.styles.Brand.Render(" TRUSTDECK ") + "  "
	place := text.Clean(m.options.Place)
	right := m.standing(m.width - text.Width(brand) - min(text.Width(place), shortPlace) - 2)
	place = text.Truncate(place, m.width-text.Width(brand)-text.Width(right)-2)
	return text.Between(brand+place, right, m.width)
}

func (m *Model) compactHeader() string {
	return text.Between(m.crumbBar().Text, m.standing(m.width-shortCrumbs), m.width)
}

// wideHeader is the width from which the header has room for the name of a token.
const wideHeader = 96

// standing is the right part of the header, of at most so many cells: numbers, banners, and whether
// the place answers. What is worth least is left out first; what asks for an act never is.
func (m *Model) standing(room int) string {
	const needed = 9
	var parts []string
	var worth []int
	part := func(rank int, word string) { parts, worth = append(parts, word), append(worth, rank) }
	dim, warn, ok := m.styles.Tone(theme.Dim), m.styles.Tone(theme.Warn), m.styles.Tone(theme.OK)
	if m.counts.surveyed && m.counts.repos > 0 && !m.compact() {
		part(2, text.Count(m.counts.repos, "repo"))
	}
	if n := m.counts.action; n > 0 && m.counts.surveyed {
		part(5, warn.Render(m.styles.Glyphs.Soon+" "+text.NeedAction(n)))
	}
	switch plugged, _ := m.env.Board.Plugged(); {
	case m.touching:
		part(needed, warn.Render(keymap.Shown(keymap.One(keymap.TokenTouch).Keys[0])+" touches "+plugged.Header(false)))
	case len(plugged.Tokens) > 0 && !m.compact():
		part(3, m.styles.Tone(theme.Accent).Render(plugged.Header(m.width < wideHeader)))
	}
	for _, b := range m.options.Banners {
		part(needed, m.styles.Tone(theme.Strong).Render(b))
	}
	reading := m.env.Board.Surveying() || m.env.Board.Opening(m.top().route.GUN)
	if n := m.env.Tasks.Running(); !m.compact() && (n > 1 || n == 1 && !reading) {
		part(1, dim.Render(text.Count(n, "task")))
	}
	outage := m.outage()
	switch {
	case m.options.Offline:
	case outage != "":
		part(needed, warn.Render(outage))
	case reading:
		part(4, dim.Render("reading"))
	case m.counts.offline:
		part(needed, warn.Render("offline"))
	case m.counts.repos > 0:
		part(4, ok.Render("online"))
	}
	for {
		out := strings.Join(parts, "   ") + " "
		least := slices.Index(worth, slices.Min(append(worth, needed)))
		if text.Width(out) <= room || least < 0 || worth[least] == needed {
			return out
		}
		parts, worth = slices.Delete(parts, least, least+1), slices.Delete(worth, least, least+1)
	}
}

// status is the line above the footer: the filter while it is typed, else what
// the screen says.
func (m *Model) status() string {
	if m.filter != nil {
		return m.filterLine()
	}
	s, ok := m.top().screen.(screen.Statuser)
	if !ok {
		return ""
	}
	left, right := s.Status()
	if n := m.top().marked(); n > 0 {
		left = m.styles.Tone(theme.Accent).Render(text.Number(n)+" marked") + "   " + left
	}
	if f := m.top().filter(); f != "" {
		left = m.styles.Tone(theme.Accent).Render("filter "+text.Clean(f)) + m.filtered() + "   " + left
	}
	return text.Between(" "+left, right+" ", m.width)
}

// filtered counts what the filter shows.
func (m *Model) filtered() string {
	f, ok := m.top().filterer()
	if !ok {
		return ""
	}
	shown, total := f.FilterCount()
	return "  " + text.Number(shown) + " of " + text.Number(total)
}

func (m *Model) filterLine() string {
	count := m.filtered() + " "
	line, _ := m.filter.View(&m.styles, m.filterWidth())
	return " " + m.styles.Key.Render("/") + " " + line + text.FitRight(count, m.width-3-m.filterWidth())
}

func (m *Model) filterWidth() int { return m.width - 3 - text.Width(m.filtered()) - 2 }

// cursor puts the real cursor where the user is: in the field that is typed
// into, else on the selected row.
func (m *Model) cursor() *tea.Cursor {
	if len(m.overlays) > 0 {
		p := m.place(m.overlays[len(m.overlays)-1])
		return tea.NewCursor(p.cursorX, p.cursorY)
	}
	if m.filter != nil {
		_, at := m.filter.View(&m.styles, m.filterWidth())
		y := m.height - 3
		if m.compact() {
			y = m.height - 2
		}
		return tea.NewCursor(3+at, y)
	}
	s, ok := m.top().screen.(screen.Cursorer)
	if !ok {
		return nil
	}
	c := s.Cursor()
	if c != nil {
		c.Y += m.bodyTop()
	}
	return c
}
