package practice

import (
	"context"
	"time"

	"trustdeck/model/port"
)

// Touch touches the token. It reports false where the token waits for no touch.
func (t *Token) Touch() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.waiting == 0 {
		return false
	}
	close(t.touch)
	t.touch = make(chan struct{})
	return true
}

// TouchItself has every touch come by itself: where screens are read line by line, no key can be
// pressed while a change is made.
func (t *Token) TouchItself() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.unasked = true
}

// Waiting reports whether the token waits for a touch.
func (t *Token) Waiting() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.waiting > 0
}

// Move pulls the token out, or plugs it in again. It reports whether it is plugged in now.
func (t *Token) Move() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.out = !t.out; t.out {
		close(t.gone)
	} else {
		t.gone = make(chan struct{})
	}
	t.tell()
	return !t.out
}

// awaitTouch waits until the token is touched or pulled out, or loses patience. notice is told so;
// nil is nobody.
func (t *Token) awaitTouch(notice port.TouchNotice) error {
	t.mu.Lock()
	if t.out {
		defer t.mu.Unlock()
		return t.pulledOut()
	}
	if t.unasked {
		defer t.mu.Unlock()
		return nil
	}
	touch, gone := t.touch, t.gone
	t.waiting++
	t.tell()
	t.mu.Unlock()
	if notice != nil {
		notice(true)
		defer notice(false)
	}
	defer func() {
		t.mu.Lock()
		t.waiting--
		t.tell()
		t.mu.Unlock()
	}()
	late := time.NewTimer(t.config.Patience)
	defer late.Stop()
	select {
	case <-touch:
		return nil
	case <-gone:
		return t.fault("it was pulled out", "Plug it in, and try again.")
	case <-late.C:
		return t.fault("it was not touched in time", "Try again, and touch it when it asks.")
	}
}

// tell wakes those who watch. It is called with the lock.
func (t *Token) tell() {
	for events := range t.events {
		select {
		case events <- struct{}{}:
		default: // it is told already
		}
	}
}

// Watch sends when the token comes or leaves, and when it begins or ends to wait for a touch.
func (t *Token) Watch(ctx context.Context) <-chan struct{} {
	events, out := make(chan struct{}, 1), make(chan struct{})
	t.mu.Lock()
	t.events[events] = true
	t.mu.Unlock()
	go func() {
		defer close(out)
		defer func() {
			t.mu.Lock()
			delete(t.events, events)
			t.mu.Unlock()
		}()
		for {
			select {
			case <-events:
			case <-ctx.Done():
				return
			}
			select {
			case out <- struct{}{}:
			case <-ctx.Done():
				return
			}
		}
	}()
	return out
}
