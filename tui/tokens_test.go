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
