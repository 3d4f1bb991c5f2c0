package task_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"trustdeck/tui/task"
)

const patience = 10 * time.Second

func pool(t *testing.T) *task.Pool {
	t.Helper()
	p := task.New(context.Background())
	t.Cleanup(func() {
		if !p.Close(patience) {
			t.Error("work does not end when it is cancelled")
		}
	})
	return p
}

func TestRunAnswersOnce(t *testing.T) {
	lane := pool(t).Slot("counting")
	cmd := task.Run(lane, func(context.Context) (int, error) { return 42, nil })
	if !lane.Active() {
		t.Error("a started lane is active")
	}
	msg := cmd().(task.DoneMsg[int])
	if msg.Value != 42 || msg.Err != nil || !lane.Finish(msg.ID) || lane.Active() {
		t.Errorf("got %+v", msg)
	}
}

func TestOnlyTheNewestAnswerCounts(t *testing.T) {
	lane := pool(t).Slot("asking twice")
	slow := task.Run(lane, func(ctx context.Context) (string, error) {
		<-ctx.Done()
		return "old", ctx.Err()
	})
	quick := task.Run(lane, func(context.Context) (string, error) { return "new", nil })
	late, fresh := slow().(task.DoneMsg[string]), quick().(task.DoneMsg[string])
	if lane.Finish(late.ID) {
		t.Error("a late answer was accepted")
	}
	if !errors.Is(late.Err, context.Canceled) {
		t.Errorf("the earlier request was not cancelled: %v", late.Err)
	}
	if !lane.Active() || !lane.Finish(fresh.ID) {
		t.Error("the newest answer was not accepted")
	}
	if lane.Finish(0) || lane.Owns(0) {
		t.Error("nobody owns the zero request")
	}
}

func TestStoppedLanesAcceptNothing(t *testing.T) {
	lane := pool(t).Slot("stopping")
	cmd := task.Run(lane, func(ctx context.Context) (int, error) { return 0, ctx.Err() })
	lane.Stop()
	msg := cmd().(task.DoneMsg[int])
	if lane.Active() || lane.Finish(msg.ID) || !errors.Is(msg.Err, context.Canceled) {
		t.Errorf("got %+v", msg)
	}
}

// Work waits until the pool is ready, and fails where it does not become so.
func TestWorkWaits(t *testing.T) {
	for _, want := range []error{nil, errors.New("the disk is full")} {
		p, ready := pool(t), make(chan error)
		p.Await(func() error { return <-ready })
		answer := make(chan tea.Msg)
		begun := make(chan struct{}, 1)
		cmd := task.Run(p.Slot("reading"), func(context.Context) (int, error) { begun <- struct{}{}; return 42, nil })
		go func() { answer <- cmd() }()
		ready <- want
		msg := (<-answer).(task.DoneMsg[int])
		if !errors.Is(msg.Err, want) || (msg.Value == 42) != (want == nil) || len(begun) == 1 != (want == nil) {
			t.Errorf("ready with %v: %+v", want, msg)
		}
	}
}

func TestAPanicBecomesAnError(t *testing.T) {
	p := pool(t)
	lane := p.Slot("reading acme/app")
	msg := task.Run(lane, func(context.Context) (int, error) { panic("boom") })().(task.DoneMsg[int])
	var failure *task.PanicError
	if !errors.As(msg.Err, &failure) || !strings.Contains(string(failure.Stack), "task_test.go") {
		t.Fatalf("got %v", msg.Err)
	}
	if msg.Err.Error() != "internal error while reading acme/app: boom" {
		t.Errorf("got %q", msg.Err)
	}
	stream := task.Stream(lane, func(context.Context, func(int)) error { panic("again") })
	if done := stream().(task.DoneMsg[struct{}]); !errors.As(done.Err, &failure) {
		t.Errorf("got %v", done.Err)
	}
	if p.Busy() != 0 {
		t.Errorf("%d are still busy", p.Busy())
	}
}

// follow reads a stream to its end.
func follow[E any](t *testing.T, cmd tea.Cmd) (parts []E, batches int, err error) {
	t.Helper()
	for {
		switch msg := cmd().(type) {
		case task.PartsMsg[E]:
			parts = append(parts, msg.Parts...)
			batches++
			cmd = msg.Next
		case task.DoneMsg[struct{}]:
			return parts, batches, msg.Err
		default:
			t.Fatalf("unexpected %T", msg)
		}
	}
}

func TestStreamKeepsOrderAndLosesNothing(t *testing.T) {
	lane := pool(t).Slot("streaming")
	const n = 10_000
	failed := errors.New("end")
	parts, batches, err := follow[int](t, task.Stream(lane, func(_ context.Context, report func(int)) error {
		for i := range n {
			report(i)
		}
		return failed
	}))
	if len(parts) != n || !slices.IsSorted(parts) || !errors.Is(err, failed) {
		t.Errorf("%d parts, %v", len(parts), err)
	}
	if batches > n/10 {
		t.Errorf("%d parts came in %d batches", n, batches)
	}
}

func TestStreamFromSeveralGoroutines(t *testing.T) {
	lane := pool(t).Slot("streaming")
	parts, _, err := follow[int](t, task.Stream(lane, func(_ context.Context, report func(int)) error {
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				for i := range 500 {
					report(i)
				}
			})
		}
		wg.Wait()
		return nil
	}))
	if len(parts) != 4000 || err != nil {
		t.Errorf("%d parts, %v", len(parts), err)
	}
}

// The first part is not held back for company.
func TestStreamShowsTheFirstPartAtOnce(t *testing.T) {
	lane := pool(t).Slot("streaming")
	gate := make(chan struct{})
	msg := task.Stream(lane, func(_ context.Context, report func(int)) error {
		report(1)
		<-gate
		report(2)
		return nil
	})().(task.PartsMsg[int])
	if len(msg.Parts) != 1 {
		t.Errorf("got %v", msg.Parts)
	}
	close(gate)
	if parts, _, err := follow[int](t, msg.Next); len(parts) != 1 || parts[0] != 2 || err != nil {
		t.Errorf("then %v, %v", parts, err)
	}
}

func TestCloseCancelsAndRefusesNewWork(t *testing.T) {
	p := task.New(context.Background())
	lane := p.Slot("waiting")
	begun := make(chan struct{})
	answer := make(chan tea.Msg, 1)
	cmd := task.Run(lane, func(ctx context.Context) (int, error) {
		close(begun)
		<-ctx.Done()
		return 0, ctx.Err()
	})
	go func() { answer <- cmd() }()
	<-begun
	if p.Busy() != 1 {
		t.Errorf("%d busy, want 1", p.Busy())
	}
	if !p.Close(patience) {
		t.Fatal("the work did not end")
	}
	if msg := (<-answer).(task.DoneMsg[int]); !errors.Is(msg.Err, context.Canceled) {
		t.Errorf("got %v", msg.Err)
	}
	late := task.Run(lane, func(context.Context) (int, error) { t.Error("work began after the end"); return 0, nil })
	if msg := late().(task.DoneMsg[int]); !errors.Is(msg.Err, context.Canceled) {
		t.Errorf("got %v", msg.Err)
	}
}

func TestCloseDoesNotWaitForEver(t *testing.T) {
	p := task.New(context.Background())
	lane := p.Slot("deaf")
	begun, release := make(chan struct{}), make(chan struct{})
	cmd := task.Run(lane, func(context.Context) (int, error) {
		close(begun)
		<-release
		return 0, nil
	})
	go cmd()
	<-begun
	if p.Close(time.Millisecond) {
		t.Error("work that is not over was reported as ended")
	}
	close(release)
}
