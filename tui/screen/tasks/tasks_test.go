package tasks_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"

	"trustdeck/model"
	"trustdeck/tui/keymap"
	"trustdeck/tui/screen"
	"trustdeck/tui/screen/tasks"
	"trustdeck/tui/task"
	"trustdeck/tui/tuitest"
)

// world is an environment in which time is moved by hand.
type world struct {
	env *screen.Env
	now time.Time
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{env: tuitest.NewEnv(t, tuitest.NewSource()), now: tuitest.Now}
	w.env.Tasks = task.NewWithClock(context.Background(), func() time.Time { return w.now })
	return w
}

// ran adds a task that has ended.
func (w *world) ran(name, subject string, took time.Duration, do func(context.Context) error) {
	task.Run(w.env.Tasks.Slot(name).About(subject), func(ctx context.Context) (int, error) {
		w.now = w.now.Add(took)
		return 0, do(ctx)
	})()
}

// runs adds a task that has not ended; end ends it.
func (w *world) runs(name string, before func(context.Context)) (end func()) {
	cmd := task.Run(w.env.Tasks.Slot(name), func(ctx context.Context) (int, error) {
		before(ctx)
		return 0, ctx.Err()
	})
	return func() { cmd() }
}

func (w *world) stage(t *testing.T) *tuitest.Stage {
	t.Helper()
	return tuitest.StageIn(t, w.env, func(e *screen.Env) screen.Screen { return tasks.New(e) }, 100, 25)
}

var refused = &model.Fault{
	Kind: model.FaultUnreachable, Subject: "https://notary.example.org", Text: "the connection was refused",
	Hint: "check that the server is running and the port is right",
}

// busy is a world in which much has happened.
func busy(t *testing.T) *world {
	t.Helper()
	w := newWorld(t)
	w.ran("reading the private keys", "", 12*time.Millisecond, func(ctx context.Context) error {
		task.Note(ctx, "4 private keys")
		return nil
	})
	w.ran("checking all repositories", "", 73*time.Second, func(ctx context.Context) error {
		for i := range 14 {
			task.Progress(ctx, i+1, 14)
		}
		task.Trouble(ctx, refused)
		task.Note(ctx, "13 repositories read, 1 not readable")
		return nil
	})
	w.ran("reading docker.io/acme/app", "docker.io/acme/app", 480*time.Millisecond, func(context.Context) error { return refused })
	w.ran("reading evil/\x1b[2J\u202e", "evil/\x1b[2J\u202e", 0, func(context.Context) error {
		return errors.Join(errors.New("500: \x1b[31mboom"), context.Canceled)
	})
	w.runs("collecting the tags of docker.io/acme/app", func(context.Context) {})
	w.now = w.now.Add(7 * time.Second)
	return w
}

func TestPictures(t *testing.T) {
	stage := busy(t).stage(t)
	stage.Do(keymap.Down, keymap.Down)
	stage.Picture("tasks", tuitest.Small, tuitest.Wide)
}

func TestPictureOfAFailureInAShortTerminal(t *testing.T) {
	stage := busy(t).stage(t)
	stage.Do(keymap.Down, keymap.Down, keymap.Open)
	stage.Resize(tuitest.Size{Width: 60, Height: 15}.Body())
	tuitest.Golden(t, "detail-60x15", stage.View(), false)
}

func TestNewestFirstAndHarmless(t *testing.T) {
	view := busy(t).stage(t).View()
	last := -1
	for _, words := range []string{"running", "evil/", "failed", "partly", "private keys"} {
		at := strings.Index(view, words)
		if at <= last {
			t.Errorf("%q is not where it should be:\n%s", words, view)
		}
		last = at
	}
	if !strings.Contains(view, `\x1b[2J\u202e`) {
		t.Errorf("the hostile name is not shown as escapes:\n%s", view)
	}
}

func TestDetails(t *testing.T) {
	w := busy(t)
	stage := w.stage(t)
	for _, want := range [][]string{
		{"running", "7 s"},
		{"cancelled", `500: \x1b[31mboom`, "newer work replaced it"},
		{"failed", "connection was refused", "Check that the server is running", "docker.io/acme/app"},
		{"partly", "14 of 14", "13 repositories read", "PROBLEMS ALONG THE WAY", "connection was refused", "73 s"},
		{"ok", "4 private keys", "12 ms"},
	} {
		_, detail, _ := strings.Cut(ansi.Strip(stage.View()), "─ Task")
		for _, words := range want {
			if !strings.Contains(detail, words) {
				t.Errorf("%q is not told of:\n%s", words, detail)
			}
		}
		stage.Do(keymap.Down)
	}
}

func TestNothingHasRun(t *testing.T) {
	stage := newWorld(t).stage(t)
	if !strings.Contains(stage.View(), "Nothing has run") {
		t.Errorf("got:\n%s", stage.View())
	}
	for _, a := range stage.Screen.Actions() {
		if ok, why := a.Available(); (a.ID == keymap.Open || a.ID == keymap.TasksCancel) && (ok || why == "") {
			t.Errorf("%s is on", a.ID)
		}
	}
}

func TestWhatHappensAppears(t *testing.T) {
	w := newWorld(t)
	stage := w.stage(t)
	end := w.runs("reading acme/app", func(ctx context.Context) { task.Progress(ctx, 3, 14) })
	stage.Send(screen.BoardMsg{})
	if _, ok := tuitest.Line(stage.View(), "running", "reading acme/app"); !ok {
		t.Errorf("what began is not seen:\n%s", stage.View())
	}
	end()
	stage.Send(screen.BoardMsg{})
	if _, ok := tuitest.Line(stage.View(), "ok", "reading acme/app", "3 of 14"); !ok {
		t.Errorf("what ended is not seen:\n%s", stage.View())
	}
}

// Time passes on the screen only while a task runs.
func TestTicks(t *testing.T) {
	w := newWorld(t)
	stage := w.stage(t)
	ticks := func() bool { return stage.Screen.(screen.Ticker).Ticks() }
	if ticks() {
		t.Error("it ticks though nothing runs")
	}
	end := w.runs("reading acme/app", func(context.Context) {})
	stage.Send(screen.BoardMsg{})
	if !ticks() {
		t.Error("it does not tick though something runs")
	}
	w.now = w.now.Add(5 * time.Second)
	stage.Send(screen.TickMsg{})
	if _, ok := tuitest.Line(stage.View(), "reading acme/app", "5 s"); !ok {
		t.Errorf("the time has not moved on:\n%s", stage.View())
	}
	end()
	stage.Send(screen.BoardMsg{})
	if ticks() {
		t.Error("it still ticks after the end")
	}
}

func TestCancel(t *testing.T) {
	w := newWorld(t)
	end := w.runs("reading acme/app", func(context.Context) {})
	stage := w.stage(t)
	why := func() string {
		for _, a := range stage.Screen.Actions() {
			if a.ID == keymap.TasksCancel {
				_, why := a.Available()
				return why
			}
		}
		return ""
	}
	stage.Do(keymap.TasksCancel)
	if _, ok := tuitest.Line(stage.View(), "stopping", "reading acme/app"); !ok || why() != "it is already stopping" {
		t.Errorf("%q:\n%s", why(), stage.View())
	}
	end()
	stage.Send(screen.BoardMsg{})
	if _, ok := tuitest.Line(stage.View(), "cancelled", "reading acme/app"); !ok || why() != "the selected task has finished" {
		t.Errorf("%q:\n%s", why(), stage.View())
	}
}

// The selection stays on its task while others come and go.
func TestTheSelectionStays(t *testing.T) {
	w := busy(t)
	stage := w.stage(t)
	stage.Do(keymap.Down, keymap.Down)
	w.ran("something new", "", 0, func(context.Context) error { return nil })
	stage.Send(screen.BoardMsg{})
	if _, ok := tuitest.Line(stage.View(), ">", "failed", "docker.io/acme/app"); !ok {
		t.Errorf("got:\n%s", stage.View())
	}
}

func TestFilterAndSort(t *testing.T) {
	stage := busy(t).stage(t)
	s := stage.Screen.(*tasks.Screen)
	s.SetFilter("failed")
	if shown, total := s.FilterCount(); shown != 1 || total != 5 {
		t.Errorf("%d of %d", shown, total)
	}
	s.SetFilter("")
	for column, first := range []string{"running", "checking all", "reading the private keys", "reading the private keys", "evil/"} {
		s.SortBy(column, false)
		stage.Do(keymap.Top)
		if by, descending := s.SortedBy(); by != column || descending {
			t.Errorf("sorted by %d, %v", by, descending)
		}
		if column == 2 {
			continue // several have no progress
		}
		if line, _ := tuitest.Line(stage.View(), "> "); !strings.Contains(line, first) {
			t.Errorf("by column %d the first is %s, want %s", column, line, first)
		}
	}
}

// What is copied says why, and the trace of a mistake of the program is harmless.
func TestCopies(t *testing.T) {
	w := busy(t)
	w.ran("reading acme/app", "acme/app", 0, func(context.Context) error { panic("boom\x1b[2J") })
	stage := w.stage(t)
	items := map[string]string{}
	for range 6 {
		for _, c := range stage.Screen.(screen.Copier).CopyItems() {
			items[c.Label] += c.Text + "\n"
			if strings.ContainsAny(strings.ReplaceAll(c.Text, "\n", ""), "\x1b\t") && c.Label != "subject" {
				t.Errorf("%s contains control characters: %q", c.Label, c.Text)
			}
		}
		stage.Do(keymap.Down)
	}
	for label, words := range map[string]string{
		"task": "reading the private keys", "subject": "docker.io/acme/app",
		"error":                  "the connection was refused; check that the server is running",
		"problems along the way": "the connection was refused", "trace": "tasks_test.go",
	} {
		if !strings.Contains(items[label], words) {
			t.Errorf("%s: %q", label, items[label])
		}
	}
}
