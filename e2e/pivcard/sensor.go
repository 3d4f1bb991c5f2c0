package pivcard

import (
	"context"
	"sync"
	"time"
)

// sensor is where a card is touched.
type sensor struct {
	mu      sync.Mutex
	held    bool
	blinks  int
	waiting chan struct{} // closed by a touch; nil where none is awaited
	changed chan struct{} // closed when a touch begins to be awaited
}

func newSensor() *sensor { return &sensor{changed: make(chan struct{})} }

// await waits for a touch; it is false where power goes or the time is over.
func (s *sensor) await(power context.Context, limit time.Duration) bool {
	ctx, cancel := context.WithTimeout(power, limit)
	defer cancel()
	touch := make(chan struct{})
	s.mu.Lock()
	s.blinks++
	if s.held {
		s.mu.Unlock()
		return true
	}
	s.waiting = touch
	close(s.changed)
	s.changed = make(chan struct{})
	s.mu.Unlock()
	select {
	case <-touch:
		return true
	case <-ctx.Done():
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.waiting == touch {
			s.waiting = nil
		}
		return false
	}
}

// touch ends the wait; it is false where none is.
func (s *sensor) touch() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.waiting == nil {
		return false
	}
	close(s.waiting)
	s.waiting = nil
	return true
}

// hold gives every touch from now on, also one that is awaited, or none.
func (s *sensor) hold(yes bool) {
	s.mu.Lock()
	s.held = yes
	s.mu.Unlock()
	if yes {
		s.touch()
	}
}

func (s *sensor) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.blinks
}

// blinking waits until a touch is awaited.
func (s *sensor) blinking(ctx context.Context) error {
	for {
		s.mu.Lock()
		waits, changed := s.waiting != nil, s.changed
		s.mu.Unlock()
		if waits {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
