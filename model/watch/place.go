package watch

import (
	"time"

	"trustdeck/model"
	"trustdeck/model/port"
)

// feed tells whether a place has a list of all changes.
type feed int

const (
	unknown feed = iota
	there
	none
)

// A place is where repositories are read from.
type place struct {
	name string
	// gun is a repository of it; filled says that one of them has trust data.
	gun    model.GUN
	filled bool

	feed feed
	// last is the newest change that is known, checked when there was an answer.
	last    port.Change
	checked time.Time
	// due is when the feed is asked for, or the lost place is tried again.
	due time.Time
	// open is how many asks wait for their answers, asked when they were asked.
	open  int
	asked time.Time

	// lost is when it stopped answering; zero where it answers. tries counts since then.
	lost  time.Time
	tries int
	// suspect says that somebody else has had no answer; trial is when that is looked into,
	// suspected when it was last.
	suspect          bool
	trial, suspected time.Time

	stamps map[model.GUN]*stamp
}

// A stamp is what is known of the timestamp of a repository.
type stamp struct {
	sum          string
	checked, due time.Time
}

// next is what to ask now, of at most some timestamps.
func (p *place) next(now time.Time, rows []Row, every time.Duration, most int) []Ask {
	here := make([]Row, 0, len(rows))
	for _, r := range rows {
		if r.Place == p.name {
			here = append(here, r)
		}
	}
	switch {
	case !p.lost.IsZero():
		if now.Before(p.due) {
			return nil
		}
		return p.trialAsk(here, most)
	case p.suspect && !now.Before(p.trial):
		return p.trialAsk(here, most)
	case p.feed != none:
		if now.Before(p.due) {
			return nil
		}
		return []Ask{p.feedAsk()}
	}
	oldestFirst(p, here, every)
	var out []Ask
	for _, r := range here {
		if len(out) == most || now.Before(p.dueOf(r, every)) {
			break
		}
		out = append(out, p.stampAsk(r))
	}
	return out
}

// trialAsk finds out whether a place answers: with its feed, or with the timestamp of a
// repository.
func (p *place) trialAsk(rows []Row, most int) []Ask {
	switch {
	case p.feed != none || p.gun == "":
		return []Ask{p.feedAsk()}
	case most <= 0:
		return nil
	case len(rows) > 0:
		return []Ask{p.stampAsk(rows[0])}
	default:
		return []Ask{p.stampAsk(Row{GUN: p.gun})}
	}
}

func (p *place) feedAsk() Ask {
	return Ask{Place: p.name, Feed: true, After: p.last, GUN: p.gun}
}

func (p *place) stampAsk(r Row) Ask {
	ask := Ask{Place: p.name, GUN: r.GUN, Stamp: r.Stamp}
	if s := p.stamps[r.GUN]; s != nil {
		ask.Stamp = s.sum
	}
	return ask
}

// dueOf is when the timestamp of a repository is asked for: an interval after it was asked
// for, or read.
func (p *place) dueOf(r Row, every time.Duration) time.Time {
	due := r.Read.Add(every)
	if s := p.stamps[r.GUN]; s != nil && s.due.After(due) {
		return s.due
	}
	return due
}

// fails reports whether there is no answer. A feed that a server cannot serve may be one that
// it does not have.
func (p *place) fails(ask Ask, fault *model.Fault) bool {
	if fault == nil || ask.Feed && p.feed == unknown && p.lost.IsZero() && fault.Kind == model.FaultServer {
		return false
	}
	return fault.Retryable()
}

// miss notes that there was no answer; it reports whether that is news.
func (p *place) miss(now time.Time) bool {
	news := p.lost.IsZero()
	if news {
		p.lost, p.tries = now, 0
	}
	p.suspect = false
	p.due = now.Add(min(firstRetry<<min(p.tries, 10), lastRetry))
	p.tries++
	return news
}

// reach notes that there was an answer; it reports whether what could not be read before can
// be read now.
func (p *place) reach() bool {
	found := !p.lost.IsZero() || p.suspect
	p.lost, p.tries, p.suspect = time.Time{}, 0, false
	return found
}

// takeFeed takes what came of asking for the changes. A place that does not let its feed be
// read is not asked for it again; nor is one that has repositories and no change of them.
func (p *place) takeFeed(now time.Time, a Answer, every time.Duration) (news News) {
	p.due = p.asked.Add(every)
	switch {
	case a.Fault != nil && p.feed == unknown:
		p.feed = none
		return news
	case a.Fault != nil:
		return news
	case p.feed == unknown && len(a.Changes) == 0:
		if p.filled {
			p.feed = none
		}
		return news
	}
	p.feed, p.checked = there, now
	if a.Broken {
		p.last, news.All = port.Change{}, true
	}
	newest := map[model.GUN]int{}
	for _, c := range a.Changes {
		hint := Hint{GUN: c.GUN, Stamp: c.SHA256}
		if c.Deleted {
			hint.Stamp = ""
		}
		if i, ok := newest[c.GUN]; ok {
			news.Hints[i] = hint
		} else {
			newest[c.GUN] = len(news.Hints)
			news.Hints = append(news.Hints, hint)
		}
		p.last = c
	}
	return news
}

// takeStamp takes what came of asking for a timestamp.
func (p *place) takeStamp(now time.Time, ask Ask, a Answer, every time.Duration) (news News) {
	s := p.stamps[ask.GUN]
	if s == nil {
		s = &stamp{sum: ask.Stamp}
		p.stamps[ask.GUN] = s
	}
	s.due = p.asked.Add(every)
	if a.Fault != nil && a.Fault.Kind != model.FaultNotFound {
		return news
	}
	if s.checked = now; s.sum != a.Stamp {
		s.sum = a.Stamp
		news.Hints = []Hint{{GUN: ask.GUN, Stamp: a.Stamp}}
	}
	return news
}
