package tui

import (
	"time"

	tea "charm.land/bubbletea/v2"

	"trustdeck/model"
	"trustdeck/tui/screen"
)

// tickMsg says that a second has passed.
type tickMsg struct{}

// tick waits for the next second where something has to be asked or the screen that is seen
// shows time passing. Everywhere else the program sleeps until something happens.
func (m *Model) tick() tea.Cmd {
	if m.ticking || !m.ticks() {
		return nil
	}
	m.ticking = true
	return m.after(time.Second, func(time.Time) tea.Msg { return tickMsg{} })
}

// ticks reports whether the next second matters: places are watched, the screen shows work
// going on, or the age of something that is told in seconds. Where the clock stands still, as
// where another moment is judged, nothing grows older.
func (m *Model) ticks() bool {
	if m.env.Board.Watching() {
		return true
	}
	t, ok := m.top().screen.(screen.Ticker)
	return ok && t.Ticks() || !m.still && m.env.Board.Young() && len(m.shown()) > 0
}

// second hands the second to the screen that is seen, if it still wants it, and watches.
func (m *Model) second() tea.Cmd {
	m.ticking, m.still, m.ticked = false, m.now.Equal(m.ticked), m.now
	cmd := m.watch()
	if _, ok := m.top().screen.(screen.Ticker); ok {
		return tea.Batch(cmd, m.top().screen.Update(screen.TickMsg{}))
	}
	return cmd
}

// watch asks whether anything has changed, but not while a change is being made here: from
// the accepted review to the end of its verification.
func (m *Model) watch() tea.Cmd {
	if m.held(0) != "" {
		return nil
	}
	return m.env.Board.Tick(m.shown())
}

// follow reads what is said to have changed, on the same condition.
func (m *Model) follow() tea.Cmd {
	if m.held(0) != "" {
		return nil
	}
	return m.env.Board.ReadHinted()
}

// shown are the repositories on the screen.
func (m *Model) shown() []model.GUN {
	top := m.top()
	if l, ok := top.screen.(screen.Lister); ok {
		return l.Shown()
	}
	if top.route.GUN != "" {
		return []model.GUN{top.route.GUN}
	}
	return nil
}
