package watch_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"trustdeck/model"
	"trustdeck/model/port"
	"trustdeck/model/watch"
)

const (
	every  = 30 * time.Second
	server = "notary.example.org"
)

var (
	start       = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	unreachable = &model.Fault{Kind: model.FaultUnreachable, Text: "connection refused"}
	refused     = &model.Fault{Kind: model.FaultUnauthorized, Text: "401"}
	notFound    = &model.Fault{Kind: model.FaultNotFound, Text: "404"}
	broken      = &model.Fault{Kind: model.FaultServer, Text: "503"}
	canceled    = &model.Fault{Kind: model.FaultCanceled, Text: "stopped"}
)

// play is a watcher with a clock and what is on the screen.
type play struct {
	t    *testing.T
	w    *watch.Watcher
	now  time.Time
	rows []watch.Row
}

func begin(t *testing.T) *play {
	p := &play{t: t, w: watch.New(every), now: start}
	p.w.Add(server, "", false)
	return p
}

func (p *play) after(d time.Duration) *play { p.now = p.now.Add(d); return p }

// row puts a repository on the screen, which has just been read.
func (p *play) row(gun model.GUN, stamp string) *play {
	p.rows = append(p.rows, watch.Row{GUN: gun, Place: server, Stamp: stamp, Read: p.now})
	p.w.Add(server, gun, true)
	return p
}

func spell(a watch.Ask) string {
	if a.Feed {
		return "feed after " + a.After.ID
	}
	return string(a.GUN)
}

// asks expects what is asked now.
func (p *play) asks(want ...string) []watch.Ask {
	p.t.Helper()
	asks := p.w.Next(p.now, p.rows)
	var got []string
	for _, a := range asks {
		got = append(got, spell(a))
	}
	if !slices.Equal(got, want) {
		p.t.Fatalf("%s after the start it asks %q, want %q", p.now.Sub(start), got, want)
	}
	return asks
}

// told expects what follows from an answer.
func (p *play) told(ask watch.Ask, a watch.Answer, want string) *play {
	p.t.Helper()
	if got := says(p.w.Take(p.now, ask, a)); got != want {
		p.t.Fatalf("%s after the start %s means %q, want %q", p.now.Sub(start), spell(ask), got, want)
	}
	return p
}

func says(n watch.News) string {
	var out []string
	for _, h := range n.Hints {
		out = append(out, fmt.Sprintf("%s is %s", h.GUN, h.Stamp))
	}
	for word, is := range map[string]bool{"all": n.All, "lost": n.Lost, "found": n.Found} {
		if is {
			out = append(out, word)
		}
	}
	slices.Sort(out)
	return strings.Join(out, ", ")
}

func change(id string, gun model.GUN, stamp string) port.Change {
	return port.Change{ID: id, GUN: gun, SHA256: stamp}
}

// withFeed has a feed whose newest change is number 7.
func withFeed(t *testing.T) *play {
	p := begin(t).row("a", "a1")
	ask := p.asks("feed after ")[0]
	return p.told(ask, watch.Answer{Changes: []port.Change{change("7", "a", "a1")}}, "a is a1")
}

// A place that lists all changes is asked once in an interval, and for nothing else.
func TestFeed(t *testing.T) {
	p := withFeed(t)
	p.asks()
	p.after(every - time.Second).asks()
	ask := p.after(time.Second).asks("feed after 7")[0]
	p.asks() // one question at a time
	p.told(ask, watch.Answer{}, "")
	if at := p.w.Checked(server, "a"); !at.Equal(p.now) {
		t.Errorf("checked %s", at)
	}
	ask = p.after(every).asks("feed after 7")[0]
	gone := change("10", "c", "old")
	gone.Deleted = true
	p.told(ask, watch.Answer{Changes: []port.Change{change("8", "b", "b1"), change("9", "b", "b2"), gone}}, "b is b2, c is ")
	p.after(every).asks("feed after 10")
}

// A feed that does not go on where it ended belongs to another history.
func TestFeedBreaksOff(t *testing.T) {
	p := withFeed(t)
	ask := p.after(every).asks("feed after 7")[0]
	p.told(ask, watch.Answer{Broken: true, Changes: []port.Change{change("2", "a", "a0")}}, "a is a0, all")
	p.after(every).asks("feed after 2")
	p = withFeed(t)
	ask = p.after(every).asks("feed after 7")[0]
	p.told(ask, watch.Answer{Broken: true}, "all")
	p.after(every).asks("feed after ")
}

// Whether there is a feed is found out once.
func TestNoFeed(t *testing.T) {
	for name, answer := range map[string]watch.Answer{
		"404": {Fault: notFound}, "401": {Fault: refused}, "no list": {Fault: &model.Fault{Kind: model.FaultBadData}}, "503": {Fault: broken}, "empty": {},
	} {
		p := begin(t).row("a", "a1")
		ask := p.asks("feed after ")[0]
		p.told(ask, answer, "").asks()
		p.after(every).asks("a")
		if t.Failed() {
			t.Fatal(name)
		}
	}
	// A server without repositories has nothing to list yet.
	p := begin(t)
	ask := p.asks("feed after ")[0]
	p.told(ask, watch.Answer{}, "").asks()
	p.after(every).asks("feed after ")
}

// withoutFeed has no feed, and nothing on the screen yet.
func withoutFeed(t *testing.T) *play {
	p := begin(t)
	return p.told(p.asks("feed after ")[0], watch.Answer{Fault: notFound}, "")
}

// Elsewhere the timestamps of what is on the screen are asked for, and it is news where one
// is another than before.
func TestTimestamps(t *testing.T) {
	p := withoutFeed(t).row("a", "a1").row("none", "")
	p.asks()
	asks := p.after(every).asks("a", "none")
	p.asks()
	p.told(asks[0], watch.Answer{Stamp: "a1"}, "").told(asks[1], watch.Answer{Fault: notFound}, "")
	if at := p.w.Checked(server, "a"); !at.Equal(p.now) {
		t.Errorf("checked %s", at)
	}
	p.after(every - time.Second).asks()
	asks = p.after(time.Second).asks("a", "none")
	p.told(asks[0], watch.Answer{Stamp: "a2"}, "a is a2").told(asks[1], watch.Answer{Stamp: "n1"}, "none is n1")
	// What was told once is not told again, whether or not it could be read.
	asks = p.after(every).asks("a", "none")
	p.told(asks[0], watch.Answer{Stamp: "a2"}, "").told(asks[1], watch.Answer{Fault: refused}, "")
	if at := p.w.Checked(server, "none"); at.Equal(p.now) {
		t.Error("what was refused counts as checked")
	}
	p.rows = nil
	p.after(every).asks()
}

// At most five timestamps are asked for in a second, those first that have waited longest.
func TestAtMostFiveInASecond(t *testing.T) {
	p := withoutFeed(t)
	for i := range 12 {
		p.row(model.GUN(rune('a'+i)), "1")
	}
	p.w.Add("elsewhere", "z", true)
	p.told(p.w.Next(p.now, nil)[0], watch.Answer{Fault: notFound}, "")
	p.rows = append(p.rows, watch.Row{GUN: "z", Place: "elsewhere", Stamp: "1", Read: start})
	p.after(every)
	var seen []string
	for _, want := range []int{5, 0, 5, 0, 3} {
		asks := p.w.Next(p.now, p.rows)
		if len(asks) != want {
			t.Fatalf("%d asks %s after the start, want %d", len(asks), p.now.Sub(start), want)
		}
		for _, a := range asks {
			seen = append(seen, string(a.GUN))
			p.told(a, watch.Answer{Stamp: "1"}, "")
		}
		p.after(time.Second / 2)
	}
	slices.Sort(seen)
	if got := strings.Join(seen, ""); got != "abcdefghijklz" {
		t.Errorf("asked for %q", got)
	}
}

// A place that does not answer is tried again after a time that grows up to a bound, and
// watched as before once it answers.
func TestLostAndFound(t *testing.T) {
	p := withFeed(t)
	ask := p.after(every).asks("feed after 7")[0]
	lost := p.now
	p.told(ask, watch.Answer{Fault: unreachable}, "lost")
	for i, wait := range []int{2, 4, 8, 16, 30, 30} {
		o, ok := p.w.Outage(server)
		if !ok || !o.Since.Equal(lost) || o.Next.Sub(p.now) != time.Duration(wait)*time.Second {
			t.Fatalf("try %d: %v, %v", i, o, ok)
		}
		p.after(time.Duration(wait)*time.Second - 1).asks()
		ask = p.after(1).asks("feed after 7")[0]
		p.told(ask, watch.Answer{Fault: broken}, "")
	}
	ask = p.after(30 * time.Second).asks("feed after 7")[0]
	p.told(ask, watch.Answer{Changes: []port.Change{change("8", "a", "a2")}}, "a is a2, found")
	if outages := p.w.Outages(); len(outages) > 0 {
		t.Errorf("still %v", outages)
	}
	p.after(every).asks("feed after 8")
}

// Without a feed, one repository of the place stands for all of them, on the screen or not.
func TestLostWithoutFeed(t *testing.T) {
	for shown, want := range map[bool]string{true: "found", false: "a is a1, found"} {
		p := withoutFeed(t).row("a", "a1").row("b", "b1")
		asks := p.after(every).asks("a", "b")
		p.told(asks[0], watch.Answer{Fault: unreachable}, "lost").told(asks[1], watch.Answer{Fault: unreachable}, "")
		if !shown {
			p.rows = nil
		}
		p.after(3 * time.Second).asks()
		ask := p.after(time.Second).asks("a")[0]
		p.told(ask, watch.Answer{Stamp: "a1"}, want)
	}
}

// What others have not been able to read is looked into at once, but not again and again.
func TestSuspect(t *testing.T) {
	p := withFeed(t)
	p.after(time.Second)
	p.w.Suspect(p.now, server)
	p.told(p.asks("feed after 7")[0], watch.Answer{}, "found")
	p.after(time.Second)
	p.w.Suspect(p.now, server)
	p.w.Suspect(p.now, server)
	p.asks()
	p.told(p.after(every).asks("feed after 7")[0], watch.Answer{Fault: unreachable}, "lost")
	p.w.Suspect(p.now, server)
	p.asks()
	p.w.Suspect(p.now, "nowhere")
}

// An answer that was stopped is none, and the question is asked again.
func TestCanceled(t *testing.T) {
	p := withFeed(t)
	ask := p.after(every).asks("feed after 7")[0]
	p.told(ask, watch.Answer{Fault: canceled}, "").asks("feed after 7")
}

func TestOff(t *testing.T) {
	p := withFeed(t)
	p.w.SetInterval(0)
	p.after(time.Hour).asks()
	p.w.SetInterval(time.Second)
	p.asks("feed after 7")
}
