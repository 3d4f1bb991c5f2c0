package tui

import (
	"time"

	"trustdeck/tui/keymap"
	"trustdeck/tui/screen"
	"trustdeck/tui/text"
)

// slipTime is how long after a refresh has moved the selection a key may still be meant for
// the row that was selected before: it takes eyes and hands so long.
const slipTime = 700 * time.Millisecond

// slipped is when a refresh has moved a selection, and on which screen: a place that was
// opened since has not changed under its user.
type slipped struct {
	at time.Time
	on screen.Screen
}

// selection is the row that is selected, by its key; empty where none is.
func (m *Model) selection() string {
	if s, ok := m.top().screen.(screen.Pointer); ok {
		return s.SelectedKey()
	}
	return ""
}

// watchSelection notes where handling an answer from the background has moved the selection
// away from where the user had it.
func (m *Model) watchSelection(handle func()) {
	at, before := len(m.frames), m.selection()
	handle()
	if now := m.selection(); before != "" && now != before && at == len(m.frames) {
		m.slipped = slipped{m.now, m.top().screen}
	}
}

// slip says why an action is not carried out: the row that the user saw selected, when the key
// was pressed or the menu opened that the action was chosen in, is not the one that is selected
// now. It is empty where the action may be carried out.
func (m *Model) slip(a keymap.Action) string {
	just := m.slipped.on == m.top().screen && m.now.Sub(m.slipped.at) < slipTime
	moved := just || m.aimed != "" && m.aimed != m.selection()
	if !moved || a.Scope == keymap.Global || a.Scope == keymap.Repos {
		return ""
	}
	words := "The list has just changed"
	if name := m.selection(); name != "" {
		words += ", and " + text.Clean(name) + " is selected now"
	}
	return words + ". Nothing was done: choose \"" + a.Label + "\" again to confirm."
}
