package watch

import (
	"slices"
	"time"

	"trustdeck/model"
	"trustdeck/model/port"
)

const (
	// DefaultInterval is how often places are asked.
	DefaultInterval = 30 * time.Second
	// burst is how many timestamps are asked for in one second, of all places together.
	burst = 5
	// firstRetry is how soon a lost place is tried again. The time doubles until it is
	// lastRetry.
	firstRetry = 2 * time.Second
	lastRetry  = 30 * time.Second
)

// A Row is a repository that is on the screen.
type Row struct {
	GUN model.GUN
	// Place is where it is read from.
	Place string
	// Stamp is the SHA-256 of its timestamp in hexadecimal, and Read when it was read.
	Stamp string
	Read  time.Time
}

// An Ask is a question to a place.
type Ask struct {
	Place string
	// Feed asks what has changed since After, the newest change that is known; the zero
	// Change where none is. GUN is then any repository of the place, or empty. Without Feed
	// the timestamp of GUN is asked for, whose SHA-256 was Stamp.
	Feed  bool
	After port.Change
	GUN   model.GUN
	Stamp string
}

// An Answer is what came of an Ask.
type Answer struct {
	// Changes are those of the feed, oldest first, and Broken says that it does not go on
	// where it ended before.
	Changes []port.Change
	Broken  bool
	// Stamp is the SHA-256 of the timestamp in hexadecimal; empty where there is none.
	Stamp string
	// Fault is why there is no answer.
	Fault *model.Fault
}

// A Hint is a repository that may have changed.
type Hint struct {
	GUN model.GUN
	// Stamp is the SHA-256 of the timestamp that it has now, in hexadecimal; empty where it
	// has none.
	Stamp string
}

// News is what follows from an answer.
type News struct {
	Hints []Hint
	// All says that anything at the place may have changed.
	All bool
	// Lost says that the place does not answer any more, Found that it does again.
	Lost, Found bool
}

// A Watcher watches places. It belongs to one goroutine. The zero value watches nothing.
type Watcher struct {
	every  time.Duration
	places map[string]*place
	// order are the names of the places, as they became known.
	order []string
	// second is when the present second began, and spent the timestamps asked for in it.
	second time.Time
	spent  int
}

// New makes a watcher that asks once in an interval; 0 never asks.
func New(every time.Duration) *Watcher {
	w := &Watcher{places: map[string]*place{}}
	w.SetInterval(every)
	return w
}

// Interval is how often places are asked; 0 is never.
func (w *Watcher) Interval() time.Duration { return w.every }

// SetInterval changes how often places are asked.
func (w *Watcher) SetInterval(every time.Duration) {
	w.every = max(every, 0)
	for _, p := range w.places {
		p.due = time.Time{}
	}
}

// Add makes a place known. gun is a repository of it, or empty; read says that it has trust
// data.
func (w *Watcher) Add(name string, gun model.GUN, read bool) {
	p := w.places[name]
	if p == nil {
		p = &place{name: name, stamps: map[model.GUN]*stamp{}}
		w.places[name] = p
		w.order = append(w.order, name)
	}
	if p.gun == "" {
		p.gun = gun
	}
	p.filled = p.filled || read
}

// Next is what to ask now. rows are the repositories on the screen that have been read. Each
// Ask is answered with Take.
func (w *Watcher) Next(now time.Time, rows []Row) []Ask {
	if w.every == 0 {
		return nil
	}
	if now.Sub(w.second) >= time.Second || now.Before(w.second) {
		w.second, w.spent = now, 0
	}
	var out []Ask
	for _, name := range w.order {
		p := w.places[name]
		if p.open > 0 {
			continue
		}
		asks := p.next(now, rows, w.every, burst-w.spent)
		for _, a := range asks {
			if !a.Feed {
				w.spent++
			}
		}
		if p.open = len(asks); p.open > 0 {
			p.asked = now
		}
		out = append(out, asks...)
	}
	return out
}

// Take takes the answer to an Ask.
func (w *Watcher) Take(now time.Time, ask Ask, answer Answer) News {
	p := w.places[ask.Place]
	if p == nil {
		return News{}
	}
	p.open = max(p.open-1, 0)
	if p.fails(ask, answer.Fault) {
		return News{Lost: p.miss(now)}
	}
	if answer.Fault != nil && answer.Fault.Kind == model.FaultCanceled {
		return News{}
	}
	found := p.reach()
	var news News
	if ask.Feed {
		news = p.takeFeed(now, answer, w.every)
	} else {
		news = p.takeStamp(now, ask, answer, w.every)
	}
	news.Found = found
	return news
}

// Suspect says that reading from a place has failed for want of an answer: it is asked soon
// whether it is lost.
func (w *Watcher) Suspect(now time.Time, name string) {
	p := w.places[name]
	if p == nil || !p.lost.IsZero() || p.suspect {
		return
	}
	p.suspect = true
	if now.Sub(p.suspected) < w.every {
		p.trial = p.suspected.Add(w.every)
	} else {
		p.trial = now
	}
	p.suspected = p.trial
}

// Outage is how long a place has not answered.
type Outage struct {
	Place string
	// Since is when that was noticed, and Next when it is tried again.
	Since, Next time.Time
}

// Outage is that of a place; ok is false where it answers.
func (w *Watcher) Outage(name string) (out Outage, ok bool) {
	p := w.places[name]
	if p == nil || p.lost.IsZero() {
		return Outage{}, false
	}
	return Outage{Place: name, Since: p.lost, Next: p.due}, true
}

// Outages are those of all places, as they became known.
func (w *Watcher) Outages() []Outage {
	var out []Outage
	for _, name := range w.order {
		if o, ok := w.Outage(name); ok {
			out = append(out, o)
		}
	}
	return out
}

// Checked is when a repository was last found to be what it was; zero where that was never
// asked.
func (w *Watcher) Checked(name string, gun model.GUN) time.Time {
	p := w.places[name]
	if p == nil {
		return time.Time{}
	}
	at := p.checked
	if s := p.stamps[gun]; s != nil && s.checked.After(at) {
		at = s.checked
	}
	return at
}

// oldestFirst orders rows by when they are due.
func oldestFirst(p *place, rows []Row, every time.Duration) {
	slices.SortStableFunc(rows, func(a, b Row) int { return p.dueOf(a, every).Compare(p.dueOf(b, every)) })
}
