//go:build yubikey

package yubikey

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/ebfe/scard"
)

// newReader stands for readers that come or leave, where the service has that.
const newReader = `\\?PnP?\Notification`

// serviceEvery is how often the service is looked for where none runs. Nothing tells when it
// starts, and to look costs one refused connection.
const serviceEvery = 5 * time.Second

// events tells those who watch that something may have changed. There is one watcher for all:
// the names of readers that scard hands to the system must not be used by two at once.
type events struct {
	mu      sync.Mutex
	waiting map[chan struct{}]bool
	// stop ends the watcher; nil while there is none.
	stop context.CancelFunc
}

// Watch sends each time a reader or token may have come or left.
func (t *Tokens) Watch(ctx context.Context) <-chan struct{} {
	e := t.events
	// One that waits is enough: it stands for all that has happened until it is taken.
	out := make(chan struct{}, 1)
	e.mu.Lock()
	defer e.mu.Unlock()
	e.waiting[out] = true
	if e.stop == nil {
		var watching context.Context
		watching, e.stop = context.WithCancel(context.WithoutCancel(ctx))
		go e.watch(watching)
	}
	context.AfterFunc(ctx, func() { e.leave(out) })
	return out
}

// leave ends one who watches, and with the last one the watcher.
func (e *events) leave(out chan struct{}) {
	e.mu.Lock()
	defer e.mu.Unlock()
	delete(e.waiting, out)
	close(out)
	if len(e.waiting) == 0 {
		e.stop()
		e.stop = nil
	}
}

func (e *events) tell() {
	e.mu.Lock()
	defer e.mu.Unlock()
	for out := range e.waiting {
		select {
		case out <- struct{}{}:
		default:
		}
	}
}

// watching has one watcher of a process at work at a time; see events.
var watching sync.Mutex

// watch tells what happens, until ctx is done.
func (e *events) watch(ctx context.Context) {
	watching.Lock()
	defer watching.Unlock()
	for ctx.Err() == nil {
		c, err := scard.EstablishContext()
		if err == nil {
			e.follow(ctx, c)
			_ = c.Release()
			e.tell() // the service has left, and all readers with it
		}
		select {
		case <-time.After(serviceEvery):
		case <-ctx.Done():
		}
	}
}

// follow waits for changes with a connection to the service, until that ends or ctx is done. It
// tells of the first look as well: what came before that came unseen.
func (e *events) follow(ctx context.Context, c *scard.Context) {
	done := make(chan struct{})
	defer close(done)
	go func() {
		select {
		case <-ctx.Done():
		case <-done:
			return
		}
		// A cancellation is lost where nobody waits yet, so it is repeated until it was seen.
		for {
			_ = c.Cancel()
			select {
			case <-done:
				return
			case <-time.After(busyPause):
			}
		}
	}()
	known := map[string]scard.StateFlag{}
	for ctx.Err() == nil {
		states, err := readerStates(c, known)
		if err != nil {
			return
		}
		switch err := c.GetStatusChange(states, -1); {
		case errors.Is(err, scard.ErrUnknownReader): // it has just left
			known = map[string]scard.StateFlag{}
			continue
		case err != nil:
			return
		}
		changed := false
		for _, s := range states {
			old, had := known[s.Reader]
			came := s.Reader == newReader && s.EventState&scard.StateChanged != 0
			changed = changed || came || !had || (old^s.EventState)&telling != 0
			known[s.Reader] = s.EventState &^ scard.StateChanged
		}
		if changed {
			e.tell()
		}
	}
}

// telling are the states of a reader that matter: whether a token is in it, the number of times
// that one came or left, and whether someone has it alone and so keeps others from reading it.
const telling = scard.StateExclusive | scard.StatePresent | scard.StateEmpty | scard.StateUnavailable | scard.StateUnknown | 0xffff0000

// readerStates are the readers as they were seen last, and the one that stands for others.
func readerStates(c *scard.Context, known map[string]scard.StateFlag) ([]scard.ReaderState, error) {
	names, err := c.ListReaders()
	if err != nil && !errors.Is(err, scard.ErrNoReadersAvailable) {
		return nil, err
	}
	var out []scard.ReaderState
	for _, name := range append(names, newReader) {
		out = append(out, scard.ReaderState{Reader: name, CurrentState: known[name]})
	}
	return out, nil
}
