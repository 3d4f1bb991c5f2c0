package tui_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"trustdeck/tui"
	"trustdeck/tui/tuitest"
)

// surveyed is a UI on n repositories, all of them read.
func surveyed(tb testing.TB, n int) *tui.Model {
	tb.Helper()
	m := tui.New(context.Background(), options(&tuitest.Source{Views: tuitest.Many(n)}))
	m.HoldTimers()
	update := func(msg tea.Msg) tea.Cmd {
		_, cmd := m.Update(msg)
		return cmd
	}
	tuitest.Settle(m.Init()(), update)
	tuitest.Settle(tea.WindowSizeMsg{Width: 100, Height: 30}, update)
	return m
}

// press is one key and the repaint after it.
func press(m *tui.Model, key rune) {
	m.Update(tea.KeyPressMsg{Code: key, Text: string(key)})
	_ = m.View()
}

// A key costs the same whatever the number of repositories.
func TestKeyToPaintDoesNotDependOnTheNumberOfRepositories(t *testing.T) {
	if testing.Short() {
		t.Skip("measures time")
	}
	cost := func(n int) time.Duration {
		m := surveyed(t, n)
		best := time.Hour
		for range 20 {
			begin := time.Now()
			for range 10 {
				press(m, 'j')
			}
			best = min(best, time.Since(begin))
		}
		return best / 10
	}
	few, many := cost(100), cost(100_000)
	t.Logf("a key takes %v with 100 repositories and %v with 100,000: ratio %.2f", few, many, float64(many)/float64(few))
	if many > 3*few {
		t.Errorf("a key takes %v with 100 repositories and %v with 100,000", few, many)
	}
}

func BenchmarkKeyToPaint(b *testing.B) {
	for _, n := range []int{100, 100_000} {
		b.Run(fmt.Sprintf("repositories=%d", n), func(b *testing.B) {
			m := surveyed(b, n)
			for b.Loop() {
				press(m, 'j')
			}
		})
	}
}
