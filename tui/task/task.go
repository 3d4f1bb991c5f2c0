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

// ID numbers a request. IDs are unique within one Pool.
type ID uint64

// Pool is all background work of one program.
type Pool struct {
	ctx    context.Context
	cancel context.CancelFunc
	last   atomic.Uint64

	mu     sync.Mutex
	closed bool
	busy   int
	idle   sync.WaitGroup
}

// New makes a pool. Cancelling ctx cancels all work.
func New(ctx context.Context) *Pool {
	ctx, cancel := context.WithCancel(ctx)
	return &Pool{ctx: ctx, cancel: cancel}
}

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

// Lane is one line of work: at most one request at a time, the newest. A Lane
// belongs to Update; only the work itself runs elsewhere.
type Lane struct {
	pool   *Pool
	id     ID
	name   string
	active bool
	cancel context.CancelFunc
}

// Lane makes a line of work. Its name says to people what is going on: "reading
// docker.io/acme/app".
func (p *Pool) Lane(name string) *Lane { return &Lane{pool: p, name: name} }

// Name says what the lane does.
func (l *Lane) Name() string { return l.name }

// Active reports whether a request has been started and not answered.
func (l *Lane) Active() bool { return l.active }

// Owns reports whether id is the newest request of this lane. Answers to any
// other are late and must be dropped.
func (l *Lane) Owns(id ID) bool { return id != 0 && l.id == id }

// Finish takes note that request id has been answered. It reports false for
// late answers.
func (l *Lane) Finish(id ID) bool {
	if !l.Owns(id) {
		return false
	}
	l.active = false
	l.cancel()
	return true
}

// Stop cancels what is running; its answer will be late.
func (l *Lane) Stop() {
	if l.cancel != nil {
		l.cancel()
	}
	l.id, l.active = 0, false
}

func (l *Lane) begin() (context.Context, ID) {
	l.Stop()
	ctx, cancel := context.WithCancel(l.pool.ctx)
	l.cancel, l.active = cancel, true
	l.id = ID(l.pool.last.Add(1))
	return ctx, l.id
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
func Run[T any](l *Lane, work func(context.Context) (T, error)) tea.Cmd {
	ctx, id := l.begin()
	pool, name := l.pool, l.name
	return func() tea.Msg {
		msg := DoneMsg[T]{ID: id}
		msg.Err = pool.guard(name, func() (err error) {
			msg.Value, err = work(ctx)
			return err
		})
		return msg
	}
}

// guard counts the work and turns a panic into an error.
func (p *Pool) guard(name string, work func() error) (err error) {
	if !p.enter() {
		return context.Canceled
	}
	defer p.leave()
	defer func() {
		if r := recover(); r != nil {
			err = &PanicError{Task: name, Value: r, Stack: debug.Stack()}
		}
	}()
	return work()
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
