package widget_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"trustdeck/tui/widget"
)

// A value that cannot be typed is kept exactly and shown cleaned; an edit begins anew, for a
// part of it would be another one.
func TestInputKeepsAnExactValue(t *testing.T) {
	s := plain()
	for _, value := range []string{"/a/b.pub", "/a/\x1b[2J\xff.pub", "/a/" + strings.Repeat("long", 400), "/a/\u202e", ""} {
		in := widget.NewInput("", "before")
		if in.SetExact(value); in.Value() != value {
			t.Errorf("%q became %q", value, in.Value())
		}
		in.Update(tea.KeyPressMsg{Code: tea.KeyLeft})
		line, _ := in.View(s, 40)
		if in.Value() != value || strings.ContainsFunc(ansi.Strip(line), func(r rune) bool { return r == '\x1b' || r == utf8.RuneError || r == '\u202e' }) {
			t.Errorf("%q is %q, shown as %q", value, in.Value(), line)
		}
	}
	for name, edit := range map[string]tea.Msg{
		"": tea.KeyPressMsg{Code: tea.KeyBackspace}, "x": tea.KeyPressMsg{Code: 'x', Text: "x"}, "paste": tea.PasteMsg{Content: "paste"},
	} {
		in := widget.NewInput("", "")
		in.SetExact("/a/\x1b.pub")
		if !in.Update(edit) || in.Value() != name {
			t.Errorf("after an edit it is %q, want %q", in.Value(), name)
		}
	}
	in := widget.NewInput("", "")
	in.SetExact("/a/b")
	if in.Update(tea.KeyPressMsg{Code: tea.KeyBackspace}); in.Value() != "/a/" {
		t.Errorf("a value that can be typed is %q after backspace", in.Value())
	}
}
