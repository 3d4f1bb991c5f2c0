package tui

import (
	tea "charm.land/bubbletea/v2"

	"trustdeck/tui/keymap"
	"trustdeck/tui/screen"
)

// wheelLines is how far one notch of the wheel goes.
const wheelLines = 3

// key routes a key press to exactly one consumer.
func (m *Model) key(msg tea.KeyPressMsg) tea.Cmd {
	key := msg.String()
	if key == "ctrl+c" {
		return m.interrupt()
	}
	switch {
	case m.tooSmall():
		if key == "q" {
			return m.quit()
		}
		return nil
	case len(m.overlays) > 0:
		top := m.overlays[len(m.overlays)-1]
		if _, helping := top.(helpOverlay); key == "f1" && !helping {
			m.open(m.overlayHelp(top))
			return nil
		}
		return top.key(m, msg)
	}
	m.aimed = ""
	if m.filter != nil {
		return m.filterKey(msg)
	}
	if t, ok := m.typist(); ok {
		if cmd, used := t.Type(msg); used {
			return cmd
		}
	}
	if a, ok := keymap.Match(m.global(), key); ok {
		return m.choose(a)
	}
	if a, ok := keymap.Match(m.top().screen.Actions(), key); ok {
		return m.choose(a)
	}
	return nil
}

// typist is the screen, where it is typed into now.
func (m *Model) typist() (screen.Typist, bool) {
	t, ok := m.top().screen.(screen.Typist)
	return t, ok && t.Typing()
}

// interrupt quits at once, unless something would be cut off by that: then it asks,
// and the second time it quits.
func (m *Model) interrupt() tea.Cmd {
	why := m.held(0)
	if n := len(m.overlays); n > 0 {
		if o, ok := m.overlays[n-1].(*askOverlay); ok && o.cuts {
			return m.quit()
		}
	}
	if why == "" {
		return m.quit()
	}
	m.open(newCutQuestion(why))
	return nil
}

// held says why one of the places from n on must not be left; empty where all may.
func (m *Model) held(n int) string {
	for _, f := range m.frames[n:] {
		if h, ok := f.screen.(screen.Holder); ok {
			if why := h.Hold(); why != "" {
				return why
			}
		}
	}
	return ""
}

// filterKey takes a key while the filter is typed. The arrows move in the list,
// so that typing and choosing need no switch.
func (m *Model) filterKey(msg tea.KeyPressMsg) tea.Cmd {
	if a, ok := keymap.Match(keymap.Scoped(keymap.Filter), msg.String()); ok {
		m.filter = nil
		if a.ID == keymap.FilterClear {
			m.setFilter("")
		}
		return nil
	}
	if msg.Text == "" {
		switch a, ok := keymap.Match(keymap.Get(keymap.Up, keymap.Down, keymap.PageUp, keymap.PageDown), msg.String()); {
		case ok:
			return m.top().screen.Update(screen.ActionMsg{ID: a.ID})
		case msg.String() == "f1":
			return m.perform(keymap.ShowHelp)
		}
	}
	return m.typeFilter(msg)
}

func (m *Model) typeFilter(msg tea.Msg) tea.Cmd {
	if m.filter.Update(msg) {
		m.setFilter(m.filter.Value())
	}
	return nil
}

// paste goes where text is typed, and nowhere else: a paste is never a command.
func (m *Model) paste(msg tea.PasteMsg) tea.Cmd {
	switch {
	case m.tooSmall():
		return nil
	case len(m.overlays) > 0:
		m.overlays[len(m.overlays)-1].paste(msg)
	case m.filter != nil:
		return m.typeFilter(msg)
	}
	if t, ok := m.typist(); ok {
		cmd, _ := t.Type(msg)
		return cmd
	}
	return nil
}

// click routes a click with the left button by place.
func (m *Model) click(msg tea.MouseClickMsg) tea.Cmd {
	if msg.Button != tea.MouseLeft || m.tooSmall() {
		return nil
	}
	if len(m.overlays) > 0 {
		return m.clickOverlay(msg.X, msg.Y)
	}
	if m.hitToast(msg.X, msg.Y) {
		m.dismiss()
		return nil
	}
	_, height := m.bodySize()
	switch y := msg.Y - m.bodyTop(); {
	case msg.Y == m.crumbLine():
		crumbs := m.crumbs()
		if i, ok := m.crumbBar().At(msg.X); ok && i < len(crumbs)-1 {
			return m.push(crumbs[i].route)
		}
	case y >= 0 && y < height:
		return m.top().screen.Update(screen.ClickMsg{X: msg.X, Y: y})
	case msg.Y == m.height-2 && m.filter == nil:
		actions := m.placeActions()
		if i, ok := m.places().At(msg.X); ok {
			return m.choose(actions[i])
		}
	case msg.Y == m.height-1:
		actions := m.footer()
		if i, ok := m.footerBar().At(msg.X); ok {
			return m.clickFooter(actions[i])
		}
	}
	return nil
}

func (m *Model) clickFooter(a keymap.Action) tea.Cmd {
	switch a.ID {
	case keymap.FilterClear:
		m.setFilter("")
		m.filter = nil
		return nil
	case keymap.FilterKeep:
		m.filter = nil
		return nil
	default:
		return m.choose(a)
	}
}

// clickOverlay hands a click to the top overlay, or closes it where the click
// is outside.
func (m *Model) clickOverlay(x, y int) tea.Cmd {
	top := m.overlays[len(m.overlays)-1]
	p := m.place(top)
	if x < p.x || x >= p.x+p.width || y < p.y || y >= p.y+p.height {
		m.close()
		return nil
	}
	return top.click(m, x-p.x, y-p.y)
}

// wheel scrolls what is under the pointer.
func (m *Model) wheel(msg tea.MouseWheelMsg) tea.Cmd {
	lines := wheelLines
	switch msg.Button {
	case tea.MouseWheelUp:
		lines = -wheelLines
	case tea.MouseWheelDown:
	default:
		return nil
	}
	if m.tooSmall() {
		return nil
	}
	if len(m.overlays) > 0 {
		m.overlays[len(m.overlays)-1].wheel(lines)
		return nil
	}
	return m.top().screen.Update(screen.WheelMsg{X: msg.X, Y: msg.Y - m.bodyTop(), Lines: lines})
}
