package tui_test

import (
	"context"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"trustdeck/tui"
	"trustdeck/tui/tuitest"
)

// What reads and verifies begins when the first frame is on the terminal: the frame is drawn
// once the size is known, and a moment later.
func TestWorkWaitsForTheFirstFrame(t *testing.T) {
	m := tui.NewWaiting(context.Background(), options(tuitest.NewSource()))
	timers := m.HoldTimers()
	t.Cleanup(func() {
		if !m.Close() {
			t.Error("background work does not end")
		}
	})
	pump := tuitest.NewPump(t, func(msg tea.Msg) tea.Cmd {
		_, cmd := m.Update(msg)
		return cmd
	})
	screen := func() string { return ansi.Strip(m.View().Content) }
	pump.Start(m.Init())
	pump.Send(tea.WindowSizeMsg{Width: 100, Height: 30})
	if view := screen(); !strings.Contains(view, "? help") || strings.Contains(view, "pay/api") {
		t.Fatalf("the first frame is\n%s", view)
	}
	held := timers()
	if len(held) == 0 {
		t.Fatal("nothing waits for the frame to be drawn")
	}
	for _, timer := range held {
		pump.Start(timer)
	}
	pump.Until("the repositories", func() bool { return strings.Contains(screen(), "pay/api") }, screen)
}
