package task

import (
	"context"
	"sync"
	"time"

	tea "charm.land/bubbletea/v2"
)

// batchTime is how long parts are gathered before they are handed over; about
// the time a reader needs to notice. The first part is never held back.
const batchTime = 50 * time.Millisecond

// PartsMsg brings what work has reported since the last one. Update must return
// Next as a command: it waits for more and ends in a DoneMsg[struct{}].
type PartsMsg[E any] struct {
	ID    ID
	Parts []E
	Next  tea.Cmd
}

// Stream starts work that reports parts as it goes. Report may be called from
// several goroutines and never blocks.
func Stream[E any](l *Slot, do func(ctx context.Context, report func(E)) error) tea.Cmd {
	ctx, w := l.begin()
	s := &stream[E]{id: w.entry.ID, news: make(chan struct{}, 1), done: make(chan struct{})}
	return func() tea.Msg {
		go func() {
			defer close(s.done)
			s.err = w.guard(func() error { return do(ctx, s.report) })
		}()
		return s.wait(0)
	}
}

type stream[E any] struct {
	id   ID
	mu   sync.Mutex
	next []E
	// news holds a token while next is not empty.
	news chan struct{}
	// done is closed after err has been set.
	done chan struct{}
	err  error
}

func (s *stream[E]) report(part E) {
	s.mu.Lock()
	s.next = append(s.next, part)
	s.mu.Unlock()
	select {
	case s.news <- struct{}{}:
	default:
	}
}

func (s *stream[E]) take() []E {
	s.mu.Lock()
	defer s.mu.Unlock()
	parts := s.next
	s.next = nil
	return parts
}

// wait gathers parts for a while, or until the work ends, and returns them.
// When nothing is left it returns the end.
func (s *stream[E]) wait(gather time.Duration) tea.Msg {
	select {
	case <-s.done:
	case <-s.news:
		if gather > 0 {
			timer := time.NewTimer(gather)
			defer timer.Stop()
			select {
			case <-s.done:
			case <-timer.C:
			}
		}
	}
	if parts := s.take(); len(parts) > 0 {
		return PartsMsg[E]{ID: s.id, Parts: parts, Next: func() tea.Msg { return s.wait(batchTime) }}
	}
	select {
	case <-s.done:
		return DoneMsg[struct{}]{ID: s.id, Err: s.err}
	default:
		// A token without parts: they left with an earlier batch.
		return s.wait(gather)
	}
}
