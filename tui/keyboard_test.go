package tui_test

import (
	"context"
	"io"
	"os"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"

	"trustdeck/tui/tuitest"
)

// Keys do the same on every keyboard, whether the terminal tells them apart or not.
func TestKeysOfEveryKeyboard(t *testing.T) {
	const ctrl = tea.ModCtrl
	for name, row := range map[string]struct {
		key  tea.KeyPressMsg
		sees string
	}{
		"as ever":                      {tea.KeyPressMsg{Code: 'p', Mod: ctrl}, "Commands, places"},
		"a Cyrillic keyboard":          {tea.KeyPressMsg{Code: 'з', BaseCode: 'p', Mod: ctrl}, "Commands, places"},
		"Dvorak, where p is r":         {tea.KeyPressMsg{Code: 'p', BaseCode: 'r', Mod: ctrl}, "Commands, places"},
		"Dvorak, where l is p":         {tea.KeyPressMsg{Code: 'l', BaseCode: 'p', Mod: ctrl}, "pay/api"},
		"a shifted key, and its place": {tea.KeyPressMsg{Code: '?', Text: "?", BaseCode: '/', Mod: tea.ModShift}, "type to search"},
	} {
		if a := start(t, "").press("j"); !strings.Contains(a.pressed(row.key).screen(), row.sees) {
			t.Errorf("%s: %q is not on:\n%s", name, row.sees, a.screen())
		}
	}
	if a := start(t, "").pressed(tea.KeyPressMsg{Code: 'с', BaseCode: 'c', Mod: ctrl}); !a.quit {
		t.Error("ctrl+c does not quit on a Cyrillic keyboard")
	}
	a := start(t, "").press("q").sees("Leave trustdeck?").pressed(tea.KeyPressMsg{Code: 'i', Mod: ctrl})
	a.on("[ Stay ]").pressed(tea.KeyPressMsg{Code: 'm', Mod: ctrl}).misses("Leave trustdeck?")
	a.press("/").write("kaf").pressed(tea.KeyPressMsg{Code: '[', Mod: ctrl}).misses("/ kaf")
}

// pressed presses a key as a terminal has told it.
func (a *app) pressed(msg tea.KeyPressMsg) *app {
	a.send(msg)
	return a
}

// What terminals send with enhancements, and without, ends up as the same keys.
func TestKeysAsTheyAreSent(t *testing.T) {
	for name, sent := range map[string]string{
		"plain": "\x03", "enhanced": "\x1b[99;5u", "Cyrillic": "\x1b[1089::99;5u", "xterm": "\x1b[27;5;99~",
	} {
		_, raw, err := played(t, options(tuitest.NewSource()), "pay/api", func(_ chan<- os.Signal, keys io.Writer, _ context.CancelCauseFunc) { _, _ = io.WriteString(keys, sent) })
		if err != nil || !strings.Contains(raw, "\x1b[=5;1u") && !strings.Contains(raw, "\x1b[>5u") {
			t.Errorf("%s: %v, the terminal is asked %.400q", name, err, raw)
		}
	}
}
