package tui_test

import (
	"context"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/tui"
	"trustdeck/tui/tuitest"
)

// The header names the tokens that are plugged in, as soon as one comes or leaves.
func TestHeaderNamesTokens(t *testing.T) {
	yubikey := func(serial string) admin.TokenUse {
		return admin.TokenUse{Token: model.Token{Serial: serial, Product: "YubiKey 5C"}}
	}
	source := tuitest.NewSource()
	source.Plug, source.Plugged = make(chan struct{}), []admin.TokenUse{yubikey("1234567")}
	m := tui.New(context.Background(), options(source))
	m.HoldTimers()
	pump := tuitest.NewPump(t, func(msg tea.Msg) tea.Cmd {
		_, cmd := m.Update(msg)
		return cmd
	})
	t.Cleanup(func() {
		if !m.Close() {
			t.Error("background work does not end")
		}
	})
	pump.Start(m.Init())
	pump.Send(tea.WindowSizeMsg{Width: 100, Height: 30})
	header := func() string {
		line, _, _ := strings.Cut(ansi.Strip(m.View().Content), "\n")
		return line
	}
	pump.Until("what was there before", func() bool { return strings.Contains(header(), "YubiKey 1234567") }, header)
	for _, step := range []struct {
		tokens []admin.TokenUse
		want   string
	}{
		{[]admin.TokenUse{yubikey("1234567"), yubikey("7654321")}, "2 tokens"},
		{[]admin.TokenUse{yubikey("7654321")}, "YubiKey 7654321"},
	} {
		source.Plugged = step.tokens
		source.Plug <- struct{}{}
		pump.Until(step.want, func() bool { return strings.Contains(header(), step.want) }, header)
	}
	source.Plugged = nil
	source.Plug <- struct{}{}
	pump.Until("an empty header", func() bool { return !strings.Contains(header(), "YubiKey") }, header)
}

// hand is one that writes down what it does to a token, which waits for a touch.
type hand struct {
	waiting, in bool
	did         []string
}

func (h *hand) Waiting() bool { return h.waiting }

func (h *hand) Touch() bool {
	h.did, h.waiting = append(h.did, "touch"), false
	return true
}

func (h *hand) Move() bool {
	h.did, h.in = append(h.did, "move"), !h.in
	return h.in
}

// Keys touch the practice token and move it; without one there are no such keys.
func TestPracticeToken(t *testing.T) {
	h := &hand{in: true}
	source := tuitest.NewSource()
	o := options(source)
	o.Hand = h
	a := startWith(t, o, source)
	a.press("f2") // it asks for no touch
	a.press("f3", "f3")
	if got := strings.Join(h.did, " "); got != "move move" || !strings.Contains(ansi.Strip(a.m.View().Content), "The practice token is plugged in.") {
		t.Errorf("did %q:\n%s", got, ansi.Strip(a.m.View().Content))
	}
	h.waiting = true
	a.press("r") // something comes from the background
	if view := ansi.Strip(a.m.View().Content); !strings.Contains(view, "f2 touches") || !strings.Contains(view, "f2 touch token") {
		t.Errorf("nothing asks for a touch:\n%s", view)
	}
	a.resize(70, 24)
	if head, _, _ := strings.Cut(ansi.Strip(a.m.View().Content), "\n"); !strings.Contains(head, "f2 touches") || strings.Contains(head, "repos") {
		t.Errorf("in little room the header says %q", head)
	}
	a.press("f2")
	if got := strings.Join(h.did, " "); got != "move move touch" {
		t.Errorf("did %q", got)
	}

	b := start(t, "")
	b.press("f2", "f3")
	if view := ansi.Strip(b.m.View().Content); strings.Contains(view, "practice token") {
		t.Errorf("there is a practice token:\n%s", view)
	}
}
