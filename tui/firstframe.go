package tui

import (
	"context"
	"sync"
	"time"

	tea "charm.land/bubbletea/v2"
)

// untilDrawn is how long after the size is known the first frame is on the terminal: Bubble
// Tea draws at its next beat.
const untilDrawn = 2 * time.Second / frameRate

// drawnMsg says that the first frame is on the terminal.
type drawnMsg struct{}

// firstFrame holds background work back until the first frame is drawn: what verifies
// thousands of files would take the processors that the frame needs.
type firstFrame struct {
	once  sync.Once
	drawn chan struct{}
}

// newWaiting makes a model whose background work waits for the first frame.
func newWaiting(ctx context.Context, o Options) *Model {
	first := &firstFrame{drawn: make(chan struct{})}
	o.Ready = first.before(o.Ready)
	m := New(ctx, o)
	m.first = first
	return m
}

// before is ready, as Options.Ready is, once the frame is drawn.
func (f *firstFrame) before(ready func() error) func() error {
	return func() error {
		<-f.drawn
		if ready == nil {
			return nil
		}
		return ready()
	}
}

// over lets the work begin. It is called at the end as well, so that nothing waits for ever.
func (f *firstFrame) over() { f.once.Do(func() { close(f.drawn) }) }

// expect waits for the first frame, once the size is known; later sizes have one already.
func (m *Model) expect(first bool) tea.Cmd {
	if m.first == nil || !first {
		return nil
	}
	return m.after(untilDrawn, func(time.Time) tea.Msg { return drawnMsg{} })
}
