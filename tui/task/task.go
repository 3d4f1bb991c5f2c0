package task

import (
	"context"
	"fmt"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	tea "charm.land/bubbletea/v2"
)

// ID numbers a request. IDs are unique within one Pool and grow.
type ID uint64

// Pool is all background work of one program.
type Pool struct {
	ctx    context.Context
	cancel context.CancelFunc
	last   atomic.Uint64
	// now is the clock by which work is timed.
	now func() time.Time
	// ready is waited for by all work.
	ready func() error

	mu     sync.Mutex
	closed bool
	busy   int
	idle   sync.WaitGroup

	history history
}

// New makes a pool. Cancelling ctx cancels all work.
func New(ctx context.Context) *Pool { return NewWithClock(ctx, time.Now) }

// NewWithClock makes a pool that times its work by another clock than the
// machine's. The clock is asked from several goroutines.
func NewWithClock(ctx context.Context, now func() time.Time) *Pool {
	ctx, cancel := context.WithCancel(ctx)
	return &Pool{ctx: ctx, cancel: cancel, now: now}
}

// Await makes all work wait for ready, unless it is nil, and fail where that fails. It is
// called before any work begins.
func (p *Pool) Await(ready func() error) { p.ready = ready }

// Busy is the number of pieces of work that are running.
func (p *Pool) Busy() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.busy
}

// Close cancels all work, lets none begin, and waits for what runs, at most for
// patience. It reports whether all work ended.
func (p *Pool) Close(patience time.Duration) bool {
	p.cancel()
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
	ended := make(chan struct{})
	go func() {
		p.idle.Wait()
		close(ended)
	}()
	select {
	case <-ended:
		return true
	case <-time.After(patience):
		return false
	}
}

// Slot is one line of work: at most one request at a time, the newest. A Slot
// belongs to Update; only the work itself runs elsewhere.
type Slot struct {
	pool    *Pool
	id      ID
	name    string
	subject string
	// unlisted work is not remembered.
	unlisted bool
	active   bool
	cancel   context.CancelFunc
}

// Slot makes a line of work. Its name says to people what is going on: "reading
// docker.io/acme/app".
func (p *Pool) Slot(name string) *Slot { return &Slot{pool: p, name: name} }

// About says what the work is about, such as the name of a repository; it
// returns the lane.
func (l *Slot) About(subject string) *Slot {
	l.subject = subject
	return l
}

// Unlisted keeps the work out of Pool.Entries, where it would push out what people look for:
// what is small and done all the time. It returns the slot.
func (l *Slot) Unlisted() *Slot {
	l.unlisted = true
	return l
}

// Active reports whether a request has been started and not answered.
func (l *Slot) Active() bool { return l.active }

// Owns reports whether id is the newest request of this lane. Answers to any
// other are late and must be dropped.
func (l *Slot) Owns(id ID) bool { return id != 0 && l.id == id }

// Finish takes note that request id has been answered. It reports false for
// late answers.
func (l *Slot) Finish(id ID) bool {
	if !l.Owns(id) {
		return false
	}
	l.active = false
	l.cancel()
	return true
}

// Stop cancels what is running; its answer will be late.
func (l *Slot) Stop() {
	if l.cancel != nil {
		l.cancel()
	}
	l.id, l.active = 0, false
}

func (l *Slot) begin() (context.Context, *work) {
	l.Stop()
	ctx, cancel := context.WithCancel(l.pool.ctx)
	l.cancel, l.active = cancel, true
	l.id = ID(l.pool.last.Add(1))
	w := &work{pool: l.pool, ctx: ctx, cancel: cancel, began: l.pool.now(), entry: Entry{ID: l.id, Name: l.name, Subject: l.subject}}
	w.unlisted = l.unlisted
	l.pool.note(w)
	return context.WithValue(ctx, workKey{}, w), w
}

// DoneMsg is the answer to a request.
type DoneMsg[T any] struct {
	ID    ID
	Value T
	Err   error
}

// PanicError is a mistake of the program that happened in the background.
type PanicError struct {
	// Task is the name of the lane.
	Task string
	// Value is what was thrown, Stack where.
	Value any
	Stack []byte
}

// Error names the work and what was thrown.
func (e *PanicError) Error() string {
	return fmt.Sprintf("internal error while %s: %v", e.Task, e.Value)
}

// Run starts work on the lane. The command returns a DoneMsg of the same type.
func Run[T any](l *Slot, do func(context.Context) (T, error)) tea.Cmd {
	ctx, w := l.begin()
	return func() tea.Msg {
		msg := DoneMsg[T]{ID: w.entry.ID}
		msg.Err = w.guard(func() (err error) {
			msg.Value, err = do(ctx)
			return err
		})
		return msg
	}
}

// guard counts the work, turns a panic into an error, and takes down how the
// work ended.
func (w *work) guard(do func() error) (err error) {
	if !w.pool.enter() {
		return w.end(context.Canceled)
	}
	defer w.pool.leave()
	defer func() {
		if r := recover(); r != nil {
			err = &PanicError{Task: w.entry.Name, Value: r, Stack: debug.Stack()}
		}
		err = w.end(err)
	}()
	if w.pool.ready != nil {
		if err := w.pool.ready(); err != nil {
			return err
		}
	}
	return do()
}

func (p *Pool) enter() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return false
	}
	p.busy++
	p.idle.Add(1)
	return true
}

func (p *Pool) leave() {
	p.mu.Lock()
	p.busy--
	p.mu.Unlock()
	p.idle.Done()
}
