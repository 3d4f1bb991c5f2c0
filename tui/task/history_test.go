package task_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"trustdeck/model"
	"trustdeck/tui/task"
)

// clock is moved by hand.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

func timed(t *testing.T) (*task.Pool, *clock) {
	t.Helper()
	c := &clock{now: time.Date(2026, 11, 21, 9, 41, 0, 0, time.UTC)}
	p := task.NewWithClock(context.Background(), c.Now)
	t.Cleanup(func() {
		if !p.Close(patience) {
			t.Error("work does not end when it is cancelled")
		}
	})
	return p, c
}

func TestWorkIsRemembered(t *testing.T) {
	fault := &model.Fault{Kind: model.FaultUnreachable, Text: "no answer", Hint: "try later"}
	for _, test := range []struct {
		name  string
		work  func(ctx context.Context) (int, error)
		state task.State
		err   error
	}{
		{"nothing goes wrong", func(context.Context) (int, error) { return 1, nil }, task.Done, nil},
		{"it fails", func(context.Context) (int, error) { return 0, fault }, task.Failed, fault},
		{"a part fails", func(ctx context.Context) (int, error) { task.Trouble(ctx, fault); return 1, nil }, task.Partly, nil},
		{"it is cut off", func(context.Context) (int, error) { return 0, context.Canceled }, task.Cancelled, context.Canceled},
		{"somebody below cut it off", func(context.Context) (int, error) { return 0, &model.Fault{Kind: model.FaultCanceled} }, task.Cancelled, nil},
		{"it panics", func(context.Context) (int, error) { panic("boom") }, task.Failed, nil},
	} {
		p, c := timed(t)
		lane := p.Slot("reading acme/app").About("acme/app")
		begun := c.Now()
		cmd := task.Run(lane, func(ctx context.Context) (int, error) {
			c.advance(3 * time.Second)
			return test.work(ctx)
		})
		if now := p.Entries(); len(now) != 1 || now[0].State != task.Running || p.Running() != 1 {
			t.Errorf("%s: begins as %+v", test.name, now)
		}
		cmd()
		e := p.Entries()[0]
		if e.State != test.state || e.Name != "reading acme/app" || e.Subject != "acme/app" || !e.Started.Equal(begun) || e.Took != 3*time.Second {
			t.Errorf("%s: %+v", test.name, e)
		}
		if test.err != nil && !errors.Is(e.Err, test.err) || (e.State == task.Failed || e.State == task.Cancelled) != (e.Err != nil) {
			t.Errorf("%s: error %v", test.name, e.Err)
		}
		if p.Running() != 0 || !e.State.Ended() {
			t.Errorf("%s: %d running", test.name, p.Running())
		}
	}
}

func TestWhatWorkSaysOfItself(t *testing.T) {
	p, c := timed(t)
	said, proceed := make(chan struct{}), make(chan struct{})
	cmd := task.Stream(p.Slot("looking"), func(ctx context.Context, _ func(int)) error {
		inner, cancel := context.WithCancel(ctx)
		defer cancel()
		task.Progress(inner, 3, 14)
		for i := range 10 {
			task.Note(inner, fmt.Sprint("note ", i))
		}
		for i := range 25 {
			task.Trouble(inner, fmt.Errorf("trouble %d", i))
		}
		close(said)
		<-proceed
		return nil
	})
	done := make(chan tea.Msg, 1)
	go func() { done <- cmd() }()
	<-said
	c.advance(90 * time.Second)
	e := p.Entries()[0]
	if e.State != task.Running || e.Took != 90*time.Second || e.Done != 3 || e.Total != 14 {
		t.Errorf("while it runs: %+v", e)
	}
	if len(e.Notes) != 8 || e.Notes[7] != "note 9" || len(e.Troubles) != 20 || e.More != 5 {
		t.Errorf("%d notes %v, %d troubles and %d more", len(e.Notes), e.Notes, len(e.Troubles), e.More)
	}
	close(proceed)
	<-done
	if e := p.Entries()[0]; e.State != task.Partly {
		t.Errorf("at the end: %+v", e)
	}
	// Work that is none of a pool's may say things, too.
	task.Note(context.Background(), "nobody hears")
}

func TestEveryChangeIsCounted(t *testing.T) {
	p, _ := timed(t)
	before := p.Count()
	expect := func(what string) {
		t.Helper()
		if now := p.Count(); now == before {
			t.Errorf("%s is not counted", what)
		} else {
			before = now
		}
	}
	lane := p.Slot("counting")
	cmd := task.Run(lane, func(ctx context.Context) (int, error) {
		expect("the beginning")
		task.Progress(ctx, 1, 2)
		expect("progress")
		task.Note(ctx, "x")
		expect("a note")
		p.Cancel(p.Entries()[0].ID)
		expect("a cancellation")
		return 0, nil
	})
	cmd()
	expect("the end")
	if p.Entries(); p.Count() != before {
		t.Error("looking is counted")
	}
}

func TestCancelStopsWorkAndTheLaneLearnsOfIt(t *testing.T) {
	p, _ := timed(t)
	lane := p.Slot("waiting for a server")
	begun := make(chan struct{})
	cmd := task.Run(lane, func(ctx context.Context) (int, error) {
		close(begun)
		<-ctx.Done()
		return 0, fmt.Errorf("request: %w", ctx.Err())
	})
	answer := make(chan tea.Msg, 1)
	go func() { answer <- cmd() }()
	<-begun
	id := p.Entries()[0].ID
	if !p.Cancel(id) {
		t.Fatal("it cannot be cancelled")
	}
	msg := (<-answer).(task.DoneMsg[int])
	if !lane.Finish(msg.ID) || model.KindOf(msg.Err) != model.FaultCanceled || !errors.Is(msg.Err, context.Canceled) || model.HintOf(msg.Err) == "" {
		t.Errorf("the lane is told %v", msg.Err)
	}
	if e := p.Entries()[0]; e.State != task.Cancelled || e.Err == nil {
		t.Errorf("%+v", e)
	}
	if p.Cancel(id) || p.Cancel(99) {
		t.Error("what has ended or never was can be cancelled")
	}
}

// What a cancelled task brings may be a part: it must not pass for the whole.
func TestCancelledWorkNeverSucceeds(t *testing.T) {
	p, _ := timed(t)
	lane := p.Slot("listing")
	msg := task.Run(lane, func(context.Context) ([]string, error) {
		id := p.Entries()[0].ID
		if !p.Cancel(id) || p.Cancel(id) {
			t.Error("cancelling works once")
		}
		if e := p.Entries()[0]; e.State != task.Stopping {
			t.Errorf("%+v", e)
		}
		return []string{"one of many"}, nil
	})().(task.DoneMsg[[]string])
	if model.KindOf(msg.Err) != model.FaultCanceled {
		t.Errorf("got %v, %v", msg.Value, msg.Err)
	}
}

func TestNewWorkOnALaneStopsTheOld(t *testing.T) {
	p, _ := timed(t)
	lane := p.Slot("asking twice")
	old := task.Run(lane, func(ctx context.Context) (int, error) { <-ctx.Done(); return 0, ctx.Err() })
	fresh := task.Run(lane, func(context.Context) (int, error) { return 1, nil })
	if all := p.Entries(); all[0].State != task.Running || all[1].State != task.Stopping {
		t.Errorf("newest first: %+v", all)
	}
	fresh()
	old()
	if all := p.Entries(); all[0].State != task.Done || all[1].State != task.Cancelled || all[0].ID < all[1].ID {
		t.Errorf("%+v", all)
	}
}

func TestTheHistoryIsBounded(t *testing.T) {
	p, _ := timed(t)
	running := p.Slot("long")
	long := task.Run(running, func(context.Context) (int, error) { return 0, nil })
	lane := p.Slot("short")
	for range 250 {
		task.Run(lane, func(context.Context) (int, error) { return 0, nil })()
	}
	all := p.Entries()
	if len(all) != 201 || all[200].Name != "long" || all[200].State != task.Running || all[199].ID != 52 {
		t.Errorf("%d entries, the oldest %+v", len(all), all[len(all)-1])
	}
	long()
	if all = p.Entries(); len(all) != 200 || p.Running() != 0 {
		t.Errorf("%d entries", len(all))
	}
}

func TestWorkAfterTheEndIsCancelled(t *testing.T) {
	p, _ := timed(t)
	p.Close(patience)
	task.Run(p.Slot("late"), func(context.Context) (int, error) { return 1, nil })()
	if e := p.Entries()[0]; e.State != task.Cancelled || p.Running() != 0 {
		t.Errorf("%+v", e)
	}
}

func TestStatesHaveWords(t *testing.T) {
	for s := task.Running; s <= task.Cancelled; s++ {
		if s.String() == "unknown" {
			t.Errorf("state %d has no word", s)
		}
	}
	if task.State(99).String() != "unknown" || task.State(-1).String() != "unknown" {
		t.Error("a state that is none has a word")
	}
}
