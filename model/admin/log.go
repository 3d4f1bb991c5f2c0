package admin

import (
	"sync"

	"trustdeck/model"
)

// logSize is how many events are kept. The oldest go first.
const logSize = 2000

// Log keeps the last events of a run, for the log screen and for failures to
// be explained. The zero value is ready. A nil Log drops everything.
type Log struct {
	// Sink, where it is set before use, receives every event too, one at a
	// time. It must not call the Log.
	Sink func(model.Event)

	mu     sync.Mutex
	events []model.Event
	// start is the index of the oldest event once the ring is full.
	start int
	count uint64
}

// Add keeps e.
func (l *Log) Add(e model.Event) {
	if l == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.count++
	if l.Sink != nil {
		l.Sink(e)
	}
	if len(l.events) < logSize {
		l.events = append(l.events, e)
		return
	}
	l.events[l.start] = e
	l.start = (l.start + 1) % logSize
}

// Events returns what is kept, oldest first.
func (l *Log) Events() []model.Event {
	if l == nil {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	out := make([]model.Event, 0, len(l.events))
	out = append(out, l.events[l.start:]...)
	return append(out, l.events[:l.start]...)
}

// Count is the number of events ever added; it tells a reader whether anything
// is new.
func (l *Log) Count() uint64 {
	if l == nil {
		return 0
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.count
}
