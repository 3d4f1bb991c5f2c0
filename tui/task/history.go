package task

import (
	"context"
	"errors"
	"slices"
	"time"

	"trustdeck/model"
)

const (
	// keptEntries is how many pieces of work that have ended are remembered.
	keptEntries = 200
	// keptNotes and keptTroubles are how many of each are kept of one piece
	// of work.
	keptNotes    = 8
	keptTroubles = 20
)

// State is how a piece of work stands.
type State int

// The states.
const (
	// Running: it has not ended.
	Running State = iota
	// Stopping: it has been told to stop and has not ended.
	Stopping
	// Done: it ended and nothing went wrong.
	Done
	// Partly: it ended, and some of it went wrong on the way.
	Partly
	// Failed: it ended with an error.
	Failed
	// Cancelled: it was stopped before its end.
	Cancelled
)

var states = [...]string{"running", "stopping", "ok", "partly", "failed", "cancelled"}

// String returns the state in one word.
func (s State) String() string {
	if s < 0 || int(s) >= len(states) {
		return "unknown"
	}
	return states[s]
}

// Ended reports whether nothing more will happen.
func (s State) Ended() bool { return s > Stopping }

// Entry is one piece of work, running or ended. Its texts are not cleaned.
type Entry struct {
	ID ID
	// Name is that of the lane, Subject what Slot.About said.
	Name, Subject string
	State         State
	Started       time.Time
	// Took is how long it ran, or has been running.
	Took time.Duration
	// Err is why it failed or that it was cancelled; nil otherwise.
	Err error
	// Done of Total parts are finished; Total is 0 where the work does not
	// say.
	Done, Total int
	// Notes say what was read.
	Notes []string
	// Troubles went wrong without ending the work. More counts those beyond
	// the number that is kept.
	Troubles []error
	More     int
}

// history is what a pool remembers, under the lock of the pool.
type history struct {
	// running is in the order of the IDs, ended in that of the ends.
	running []*work
	ended   []Entry
	count   uint64
}

// work is one request and what is known of it. What is behind entry, but for
// ID, Name and Subject, is under the lock of the pool.
type work struct {
	pool *Pool
	// ctx is kept to tell at the end whether the work was stopped.
	ctx    context.Context
	cancel context.CancelFunc
	began  time.Time
	entry  Entry
	// asked tells that Pool.Cancel stopped it.
	asked bool
	// unlisted work is not remembered.
	unlisted bool
}

// workKey finds the work that a context belongs to. Progress, Note and Trouble
// take it from there, so that use cases which report through plain functions
// need to know nothing of tasks.
type workKey struct{}

// Entries lists what runs and what has ended, the newest first.
func (p *Pool) Entries() []Entry {
	p.mu.Lock()
	defer p.mu.Unlock()
	out := make([]Entry, 0, len(p.history.running)+len(p.history.ended))
	out = append(out, p.history.ended...)
	now := p.now()
	for _, w := range p.history.running {
		out = append(out, w.seen(now))
	}
	slices.SortFunc(out, func(a, b Entry) int {
		if a.ID < b.ID {
			return 1
		}
		return -1
	})
	return out
}

// seen is the entry of work that runs, as it stands now.
func (w *work) seen(now time.Time) Entry {
	e := w.entry
	e.Started, e.Took = w.began, max(now.Sub(w.began), 0)
	e.Notes, e.Troubles = slices.Clone(e.Notes), slices.Clone(e.Troubles)
	if w.ctx.Err() != nil {
		e.State = Stopping
	}
	return e
}

// Count grows with every change of the entries, time passing aside.
func (p *Pool) Count() uint64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.history.count
}

// Running is how many pieces of work have been started and not ended.
func (p *Pool) Running() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.history.running)
}

// Cancel stops a piece of work for the user. Unlike Slot.Stop it leaves the lane
// waiting for the answer, which is a *model.Fault of kind FaultCanceled. It
// reports false where the work has ended or is being stopped already.
func (p *Pool) Cancel(id ID) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	i := slices.IndexFunc(p.history.running, func(w *work) bool { return w.entry.ID == id })
	if i < 0 || p.history.running[i].ctx.Err() != nil {
		return false
	}
	w := p.history.running[i]
	w.asked = true
	w.cancel()
	p.history.count++
	return true
}

// note remembers work that begins.
func (p *Pool) note(w *work) {
	if w.unlisted {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.history.running = append(p.history.running, w)
	p.history.count++
}

// end remembers how work ended, and returns the error for whoever waits for the
// answer.
func (w *work) end(err error) error {
	p := w.pool
	p.mu.Lock()
	defer p.mu.Unlock()
	e := w.seen(p.now())
	e.State, e.Err = w.outcome(err)
	if w.unlisted {
		w.cancel()
		return e.Err
	}
	p.history.running = slices.DeleteFunc(p.history.running, func(other *work) bool { return other == w })
	if len(p.history.ended) == keptEntries {
		p.history.ended = slices.Delete(p.history.ended, 0, 1)
	}
	p.history.ended = append(p.history.ended, e)
	p.history.count++
	w.cancel()
	return e.Err
}

// outcome judges the end. Work that the user stopped is cancelled even where it
// returned no error: what it has may be a part taken for the whole.
func (w *work) outcome(err error) (State, error) {
	var broken *PanicError
	switch {
	case errors.As(err, &broken):
		return Failed, err
	case w.asked:
		if err == nil {
			err = context.Canceled
		}
		return Cancelled, &model.Fault{
			Kind: model.FaultCanceled, Subject: w.entry.Name, Err: err,
			Text: "stopped", Hint: "To start it again, refresh the screen that shows it.",
		}
	case err == nil && len(w.entry.Troubles) > 0:
		return Partly, nil
	case err == nil:
		return Done, nil
	case w.ctx.Err() != nil, errors.Is(err, context.Canceled), model.KindOf(err) == model.FaultCanceled:
		return Cancelled, err
	default:
		return Failed, err
	}
}

// change alters the entry of the work that ctx belongs to; for a context of
// none it does nothing.
func change(ctx context.Context, alter func(*Entry)) {
	w, ok := ctx.Value(workKey{}).(*work)
	if !ok {
		return
	}
	w.pool.mu.Lock()
	defer w.pool.mu.Unlock()
	alter(&w.entry)
	w.pool.history.count++
}

// Progress says that done of total parts of the work are finished. ctx is the
// one that the work was given, or is made from it.
func Progress(ctx context.Context, done, total int) {
	change(ctx, func(e *Entry) { e.Done, e.Total = done, total })
}

// Progress is how far the newest request of the slot has come, as it says itself; total is 0
// where it says nothing, or has ended.
func (l *Slot) Progress() (done, total int) {
	l.pool.mu.Lock()
	defer l.pool.mu.Unlock()
	for _, w := range l.pool.history.running {
		if w.entry.ID == l.id {
			return w.entry.Done, w.entry.Total
		}
	}
	return 0, 0
}

// Note says what the work has read, in a few words. The last few are kept.
func Note(ctx context.Context, words string) {
	change(ctx, func(e *Entry) {
		if len(e.Notes) == keptNotes {
			e.Notes = slices.Delete(e.Notes, 0, 1)
		}
		e.Notes = append(e.Notes, words)
	})
}

// Trouble says that a part of the work failed and the rest goes on. The first
// ones are kept, the others counted.
func Trouble(ctx context.Context, err error) {
	change(ctx, func(e *Entry) {
		if len(e.Troubles) == keptTroubles {
			e.More++
			return
		}
		e.Troubles = append(e.Troubles, err)
	})
}
