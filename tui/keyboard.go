package tui

import tea "charm.land/bubbletea/v2"

// enhancements asks terminals that can for the place of a key on a Latin keyboard. Bubble Tea has
// them tell keys apart as far as they can; without the place, ctrl+c would be no such key on a
// keyboard with other letters. Nothing needs any of that.
var enhancements = tea.KeyboardEnhancements{ReportAlternateKeys: true}

// plainKeys are what terminals send for other keys where they do not tell them apart: hands
// that know them so find them so everywhere.
var plainKeys = map[rune]rune{'[': tea.KeyEscape, 'm': tea.KeyEnter, 'i': tea.KeyTab}

// portable makes a key press what it is on every terminal and keyboard. A key with a Latin letter
// is that letter, wherever it is, and one with another letter is the Latin one in its place.
func portable(msg tea.KeyPressMsg) tea.KeyPressMsg {
	latin := msg.Code > ' ' && msg.Code <= '~'
	if latin {
		msg.BaseCode = 0
	}
	if plain, ok := plainKeys[msg.Code]; ok && msg.Mod == tea.ModCtrl {
		msg.Code, msg.Mod = plain, 0
	}
	return msg
}
