package tui

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"trustdeck/tui/keymap"
	"trustdeck/tui/screen"
	"trustdeck/tui/widget"
)

// confirmOverlay shows what would be done, above the buttons that decide. Cancel
// has the focus, so that a key pressed in haste does nothing; a paste does
// nothing at all.
type confirmOverlay struct {
	msg    screen.ConfirmMsg
	page   widget.Scroll
	labels []string
	focus  int
	bar    widget.Bar
	barY   int
}

func newConfirm(msg screen.ConfirmMsg) overlay {
	return &confirmOverlay{msg: msg, labels: []string{msg.Button, "Cancel"}, focus: 1}
}

func (o *confirmOverlay) key(m *Model, msg tea.KeyPressMsg) tea.Cmd {
	if id, ok := moves(msg, true); ok {
		o.page.Do(id)
		return nil
	}
	a, _ := keymap.Match(keymap.Scoped(keymap.Dialog), msg.String())
	switch a.ID {
	case keymap.DialogClose:
		m.close()
	case keymap.DialogSwitch:
		o.focus = 1 - o.focus
	case keymap.DialogYes:
		return o.press(m, 0)
	case keymap.DialogConfirm:
		return o.press(m, o.focus)
	}
	return nil
}

// press closes the page and, by the first button, tells the screens.
func (o *confirmOverlay) press(m *Model, button int) tea.Cmd {
	m.close()
	if button != 0 {
		return nil
	}
	return m.broadcast(screen.ConfirmedMsg{ID: o.msg.ID})
}

func (o *confirmOverlay) paste(tea.PasteMsg) {}

func (o *confirmOverlay) click(m *Model, x, y int) tea.Cmd {
	if i, ok := o.bar.At(x - 2); ok && y == o.barY {
		return o.press(m, i)
	}
	return nil
}

func (o *confirmOverlay) wheel(lines int) { o.page.Wheel(lines) }

// view gives the page the lines that it needs, as far as there are so many.
func (o *confirmOverlay) view(m *Model, width, height int) (box string, x, y int) {
	inner, room := widget.InnerBox(width, height)
	lines := widget.StaticText(o.msg.Page(inner))
	o.page.SetSize(inner, min(len(lines), max(room-2, 1)))
	o.page.SetText(lines)
	o.bar = widget.Buttons(&m.styles, o.labels, o.focus)
	body := o.page.View(&m.styles) + "\n\n" + o.bar.Text
	high := strings.Count(body, "\n") + 3
	o.barY = high - 2
	return widget.Box(&m.styles, o.msg.Title, body, width, high, true), 2 + o.bar.Zones[o.focus].X, o.barY
}
