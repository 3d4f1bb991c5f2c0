package tui

import (
	"time"

	tea "charm.land/bubbletea/v2"

	"trustdeck/tui/screen"
)

// tickMsg says that a second has passed.
type tickMsg struct{}

// tick waits for the next second where the screen that is seen shows time
// passing. Everywhere else the program sleeps until something happens.
func (m *Model) tick() tea.Cmd {
	t, ok := m.top().screen.(screen.Ticker)
	if m.ticking || !ok || !t.Ticks() {
		return nil
	}
	m.ticking = true
	return m.after(time.Second, func(time.Time) tea.Msg { return tickMsg{} })
}

// ticked hands the second to the screen that is seen, if it still wants it.
func (m *Model) ticked() tea.Cmd {
	m.ticking = false
	if _, ok := m.top().screen.(screen.Ticker); !ok {
		return nil
	}
	return m.top().screen.Update(screen.TickMsg{})
}
