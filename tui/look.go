package tui

import (
	tea "charm.land/bubbletea/v2"

	"trustdeck/tui/screen"
	"trustdeck/tui/theme"
)

// relook uses changed settings from now on. NO_COLOR stays above the theme.
func (m *Model) relook(msg screen.LookMsg) tea.Cmd {
	from, to := msg.From, msg.To
	var cmd tea.Cmd
	if from.Theme != to.Theme && !m.options.NoColor {
		m.look.Mode = to.Theme
		if to.Theme == theme.Auto && m.look.Background == theme.BackgroundUnknown {
			cmd = tea.RequestBackgroundColor
		}
	}
	m.look.ASCII = to.ASCII
	if from.Mouse != to.Mouse {
		m.mouse = to.Mouse
	}
	if from.Notify != to.Notify {
		m.quiet = !to.Notify
	}
	m.restyle()
	if from.Every != to.Every {
		m.env.Board.Watch(to.Every)
	}
	if from.Soon == to.Soon {
		return cmd
	}
	judged := m.judge(to.Soon)
	m.count()
	return tea.Batch(cmd, judged)
}
