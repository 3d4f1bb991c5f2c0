package card

import (
	"context"
	"sync"
	"time"
)

// finger touches the card, or does not.
type finger struct {
	mu      sync.Mutex
	keeping bool
	asked   int
	// blinking is closed while the card waits, and given when it is touched; given is nil
	// while it doesn't wait.
	blinking, given chan struct{}
}

func newFinger() *finger { return &finger{blinking: make(chan struct{})} }

// wait waits to be touched. It is false where that doesn't happen in time, or the card is
// removed.
func (f *finger) wait(gone <-chan struct{}, limit time.Duration) bool {
	f.mu.Lock()
	f.asked++
	if f.keeping {
		f.mu.Unlock()
		return true
	}
	given := make(chan struct{})
	f.given = given
	close(f.blinking)
	f.mu.Unlock()

	timer := time.NewTimer(limit)
	defer timer.Stop()
	defer func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.given, f.blinking = nil, make(chan struct{})
	}()
	select {
	case <-given:
		return true
	case <-gone:
	case <-timer.C:
	}
	return false
}

func (f *finger) touch() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.given == nil {
		return false
	}
	close(f.given)
	f.given = nil
	return true
}

func (f *finger) keep(yes bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.keeping = yes
}

func (f *finger) await(ctx context.Context) error {
	f.mu.Lock()
	blinking := f.blinking
	f.mu.Unlock()
	select {
	case <-blinking:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (f *finger) count() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.asked
}
