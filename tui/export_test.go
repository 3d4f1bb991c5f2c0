package tui

import (
	"context"
	"os"
	"time"

	tea "charm.land/bubbletea/v2"

	"trustdeck/tui/flow"
	"trustdeck/tui/keymap"
	"trustdeck/tui/screen"
	"trustdeck/tui/task"
)

// HoldTimers keeps timers from running: those started are returned by the
// function, in order.
func (m *Model) HoldTimers() func() []tea.Cmd {
	var held []tea.Cmd
	m.after = func(_ time.Duration, f func(time.Time) tea.Msg) tea.Cmd {
		held = append(held, func() tea.Msg { return f(m.options.Clock()) })
		return nil
	}
	return func() []tea.Cmd { return held }
}

// Offered lists everything that can be done at the present place.
func (m *Model) Offered() []keymap.Action { return m.offered() }

// Places lists the routes on the stack.
func (m *Model) Places() []string {
	var out []string
	for _, f := range m.frames {
		out = append(out, f.route.String())
	}
	return out
}

// RunProgram plays the model in a program with given signals.
func RunProgram(ctx context.Context, m *Model, signals <-chan os.Signal, options ...tea.ProgramOption) (Result, error) {
	return run(ctx, m, signals, options...)
}

// Watch asks what is due.
func (m *Model) Watch() tea.Cmd { return m.watch() }

// Resurvey reads all repositories again, as a refresh does.
func (m *Model) Resurvey() tea.Cmd { return m.env.Board.Resurvey() }

// Tasks is the work in the background.
func (m *Model) Tasks() *task.Pool { return m.env.Tasks }

// Walked is the guided change of the first place.
func Walked(m *Model) *flow.Machine { return m.walked() }

// Signals is what a terminal is told of an activity.
func Signals(a screen.Activity) (*tea.ProgressBar, *tea.ProgramStatus) {
	return progressBar(a), programStatus(a)
}

// Notification is the sequence that tells of an activity.
func Notification(terminal string, a screen.Activity) string { return notification(terminal, a) }

// NewWaiting makes a model whose background work waits for the first frame.
var NewWaiting = newWaiting
