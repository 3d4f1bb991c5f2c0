package tui

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"trustdeck/model"
	"trustdeck/model/qrcode"
	"trustdeck/tui/keymap"
	"trustdeck/tui/text"
	"trustdeck/tui/theme"
)

// codesOverlay shows QR codes one after the other, on the whole screen: a code of an answer to a
// ceremony takes 21 rows.
type codesOverlay struct {
	codes []*qrcode.Code
	at    int
}

// showCodes opens QR codes, or says why none can be drawn.
func (m *Model) showCodes(texts []string) tea.Cmd {
	if !m.styles.Codes {
		return m.toast(model.Notice, "QR codes need colours and more than ASCII. Type the lines instead.")
	}
	o := &codesOverlay{}
	for _, content := range texts {
		code, err := qrcode.New(content)
		if err != nil {
			return m.toast(model.Failure, "The lines are too long for a QR code. Type them instead.")
		}
		o.codes = append(o.codes, code)
	}
	m.open(o)
	return nil
}

// key goes to the next code with any key, and back to the screen after the last.
func (o *codesOverlay) key(m *Model, msg tea.KeyPressMsg) tea.Cmd {
	a, ok := keymap.Match(keymap.Scoped(keymap.Dialog), msg.String())
	if o.at++; o.at >= len(o.codes) || ok && a.ID == keymap.DialogClose {
		m.close()
	}
	return nil
}

func (*codesOverlay) paste(tea.PasteMsg) {}

func (o *codesOverlay) click(m *Model, _, _ int) tea.Cmd { return o.key(m, tea.KeyPressMsg{}) }

func (*codesOverlay) wheel(int) {}

// Need is the width of the code.
func (o *codesOverlay) Need() int { return text.Width(o.codes[0].Lines()[0]) }

// view draws the code and a line below it, whatever height is left for other overlays.
func (o *codesOverlay) view(m *Model, width, _ int) (box string, x, y int) {
	lines := o.codes[min(o.at, len(o.codes)-1)].Lines()
	caption := "QR code " + text.Number(o.at+1) + " of " + text.Number(len(o.codes)) + ". Press any key to go on."
	if m.height < len(lines)+1 || m.width < o.Need() {
		caption = "The terminal is too small for the QR code: it needs " + text.Number(o.Need()) + " x " + text.Number(len(lines)+1) + "."
		lines = nil
	}
	paper := strings.Repeat(" ", max((width-o.Need())/2, 0))
	var out []string
	for _, line := range lines {
		line = paper + line
		out = append(out, m.styles.Paper.Render(line+strings.Repeat(" ", max(width-text.Width(line), 0))))
	}
	caption = text.Truncate(caption, width)
	out = append(out, m.styles.Tone(theme.Strong).Render(caption+strings.Repeat(" ", max(width-text.Width(caption), 0))))
	return strings.Join(out, "\n"), 0, len(out) - 1
}
