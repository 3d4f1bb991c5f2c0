package tui_test

import (
	"slices"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"

	"trustdeck/model/display"
	"trustdeck/tui"
	"trustdeck/tui/screen"
	"trustdeck/tui/tuitest"
)

// Each terminal is told in the way that it knows, and any other rings its bell.
func TestNotification(t *testing.T) {
	a := screen.Activity{State: screen.Unlocking, Title: "Add signer"}
	const words = "Add signer: A passphrase is needed."
	for name, want := range map[string]string{
		"":                         "\a",
		"kitty(0.42.1)":            "\x1b]99;i=trustdeck:o=unfocused;" + words + "\a",
		"ghostty 1.2.0":            "\x1b]9;trustdeck: " + words + "\a",
		"iTerm2 3.5.14":            "\x1b]9;trustdeck: " + words + "\a",
		"WezTerm 20240203-110809":  "\x1b]9;trustdeck: " + words + "\a",
		"foot(1.22.3)":             "\x1b]777;notify;trustdeck;" + words + "\a",
		"tmux 3.5a":                "\a",
		"VTE(8000)":                "\a",
		"XTerm(390)":               "\a",
		"\x1b]0;owned\a kitty 1.0": "\a",
	} {
		if got := tui.Notification(name, a); got != want {
			t.Errorf("%q: got %q, want %q", name, got, want)
		}
	}
	a.Title = "a;b\x1b]0;c\a\n\u202ed"
	for _, name := range []string{"kitty", "ghostty", "foot"} {
		got := tui.Notification(name, a)
		got = strings.TrimSuffix(strings.TrimPrefix(got, "\x1b]"), "\a")
		if got != display.Strip(got, len(got)) || strings.Contains(got, "a;b") {
			t.Errorf("%s: %q", name, got)
		}
	}
}

// Out of focus, and there alone, the user is told that a change has begun to wait or has
// ended: once each, and never what was typed or named.
func TestNotifiedOutOfFocus(t *testing.T) {
	for name, row := range map[string]struct {
		blurred, quiet bool
		terminal       string
		want           []string
	}{
		"in focus":          {},
		"out of focus":      {blurred: true, want: []string{"\a"}},
		"switched off":      {blurred: true, quiet: true},
		"a known terminal":  {blurred: true, terminal: "ghostty 1.2.0", want: []string{"Ready for your review.", "A passphrase is needed.", "Done.\a"}},
		"known but focused": {terminal: "ghostty 1.2.0"},
	} {
		t.Run(name, func(t *testing.T) {
			source := tuitest.NewGuideBackend()
			gate := make(chan struct{})
			source.Gates = map[string]chan struct{}{"prepare": gate}
			c := beginChange(t, source, "init", answered, func(o *tui.Options) { o.Quiet = row.quiet }).see("computing the plan")
			if row.blurred {
				c.pump.Send(tea.BlurMsg{})
			}
			c.pump.Send(tea.TerminalVersionMsg{Name: row.terminal})
			close(gate)
			c.wait("Ready:", "[ Initialise ]").keys("tab", "enter").wait("Passphrase 1 of 2")
			for i := range 2 {
				c.see([]string{"Passphrase 1 of 2", "Passphrase 2 of 2"}[i]).types("Xyzzy7 plugh").keys("enter").see("Type the passphrase again").types("Xyzzy7 plugh").keys("enter")
			}
			c.wait("trustdeck read it back")
			// Between two passphrases it may be seen at work: then the second is told, too.
			told := func() []string { return slices.Compact(slices.Clone(c.raw)) }
			if row.want != nil {
				c.pump.Until("the end to be told", func() bool { return strings.HasSuffix(strings.Join(told(), ""), row.want[len(row.want)-1]) }, c.screen)
			}
			if asked := len(c.asked) > 0; asked != (row.blurred && !row.quiet) {
				t.Errorf("the terminal was asked for its name: %v", asked)
			}
			got := told()
			if len(got) != len(row.want) {
				t.Fatalf("got %q, want %q", got, row.want)
			}
			for i, want := range row.want {
				if !strings.Contains(got[i], want) || strings.Contains(got[i], "Xyzzy7") || strings.Contains(got[i], "new/app") {
					t.Errorf("got %q, want %q", got[i], want)
				}
			}
		})
	}
}

// Coming back ends it, and the settings page switches it at once.
func TestFocusComesBack(t *testing.T) {
	a := start(t, "welcome")
	there := a.m.View().Content
	a.send(tea.BlurMsg{})
	if away := a.m.View().Content; away == there {
		t.Error("out of focus, nothing is dim")
	}
	a.press("j", "enter", "esc")
	a.send(tea.FocusMsg{})
	if a.press("enter", "esc", "k"); a.m.View().Content != there || len(a.raw) != 1 {
		t.Errorf("told %q; or something stays dim", a.raw)
	}
	a.send(screen.LookMsg{From: screen.Look{Notify: true}, To: screen.Look{}})
	a.send(tea.BlurMsg{})
	if a.press("j", "enter", "esc"); len(a.raw) != 1 {
		t.Errorf("told %q, though it is switched off", a.raw)
	}
	if !a.m.View().ReportFocus {
		t.Error("the terminal is not asked for its focus")
	}
}
