package tui

import (
	"strings"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"trustdeck/tui/screen"
	"trustdeck/tui/text"
)

// bell is what every terminal knows.
const bell = "\a"

// focus notes whether the terminal has the focus, and dims what only decorates where it has
// not. The first time it is lost the terminal is asked what it is: what it can show as a
// notification depends on that.
func (m *Model) focus(focused bool) tea.Cmd {
	m.blurred, m.look.Unfocused = !focused, !focused
	m.restyle()
	if focused || m.quiet || m.terminalName != "" {
		return nil
	}
	return tea.RequestTerminalVersion
}

// notify tells the user, whose eyes are elsewhere, that something has begun to wait, or has
// ended. A terminal that does not report its focus counts as seen.
func (m *Model) notify() tea.Cmd {
	a := m.activity()
	before := m.turn
	m.turn = a.State
	if !m.blurred || m.quiet || m.silent || a.State == before || !a.State.Blocked() && !a.State.Ended() {
		return nil
	}
	return tea.Raw(notification(m.terminalName, a))
}

// notification is the sequence by which a terminal of this name tells the user of an activity:
// the bell where nothing more is known of it. The words are the program's own: no name, path
// or passphrase is in them.
func notification(terminal string, a screen.Activity) string {
	// A semicolon stands between the fields of some of the sequences.
	words := strings.ReplaceAll(text.Clean(a.Title+": "+activityWords[a.State]), ";", ",")
	name := strings.ToLower(terminal)
	switch {
	case strings.HasPrefix(name, "kitty"):
		return ansi.DesktopNotification(words, "i="+programName, "o=unfocused")
	case strings.HasPrefix(name, "ghostty"), strings.HasPrefix(name, "iterm2"), strings.HasPrefix(name, "wezterm"):
		return ansi.Notify(programName + ": " + words)
	case strings.HasPrefix(name, "foot"), strings.HasPrefix(name, "rxvt"):
		return "\x1b]777;notify;" + programName + ";" + words + bell
	default:
		return bell
	}
}
