package forecast_test

import (
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"

	"trustdeck/model"
	"trustdeck/tui/keymap"
	"trustdeck/tui/screen"
	"trustdeck/tui/screen/forecast"
	"trustdeck/tui/tuitest"
)

// open shows a repository with two older roots, of which one has a certificate that ends.
func open(t *testing.T, source *tuitest.Source, gun model.GUN) *tuitest.Stage {
	t.Helper()
	source.OlderRoots, source.Ends = []int64{2, 1}, map[int64]time.Time{1: tuitest.Days(40)}
	return tuitest.NewStage(t, source, func(e *screen.Env) screen.Screen { return forecast.New(e, gun) }, 100, 25)
}

func TestPictures(t *testing.T) {
	stage := open(t, tuitest.NewSource(), tuitest.Expiring)
	stage.Picture("today", tuitest.Small, tuitest.Wide)
	stage.Do(keymap.MonthLater, keymap.DayLater, keymap.NextFailure, keymap.Down, keymap.Down, keymap.Down)
	stage.Picture("later", tuitest.ASCII, tuitest.Dark)
	open(t, tuitest.NewSource(), tuitest.Broken).Picture("broken")
	open(t, tuitest.NewSource(), tuitest.Hostile).Picture("hostile")
	open(t, tuitest.NewSource(), tuitest.NoTrust).Picture("none")
}

// day is the day that is shown, with what the first line says of it.
func day(stage *tuitest.Stage) string {
	head, _, _ := strings.Cut(ansi.Strip(stage.View()), "\n")
	_, head, _ = strings.Cut(head, ": ")
	return strings.Trim(head, "─ ")
}

func TestScrubbing(t *testing.T) {
	stage := open(t, tuitest.NewSource(), tuitest.Expiring)
	for _, step := range []struct {
		do   keymap.ID
		want string
	}{
		{keymap.DayLater, "2026-11-22, in 24 h"},
		{keymap.MonthLater, "2026-12-22, in 31 d"},
		{keymap.DayEarlier, "2026-12-21, in 30 d"},
		{keymap.MonthEarlier, "2026-11-21, today"},
		{keymap.NextFailure, "2026-12-03, in 12 d"},
		{keymap.NextFailure, "2026-12-31, in 40 d"},
		{keymap.MonthEarlier, "2026-11-30, in 9 d"},
		{keymap.MonthEarlier, "2026-11-21, today"},
		{keymap.MonthLater, "2026-12-21, in 30 d"},
		{keymap.Today, "2026-11-21, today"},
	} {
		stage.Do(step.do)
		if got := day(stage); got != step.want {
			t.Fatalf("after %s it is %q, want %q", step.do, got, step.want)
		}
	}
	for _, a := range stage.Screen.Actions() {
		if ok, why := a.Available(); a.ID == keymap.DayEarlier && (ok || why != "this is the first day") {
			t.Errorf("%v %q", ok, why)
		}
	}
}

// A month has a day less than another: the last one of it is meant.
func TestMonthsThatAreShorter(t *testing.T) {
	env := tuitest.NewEnv(t, tuitest.NewSource())
	env.Now = func() time.Time { return time.Date(2027, 1, 31, 23, 0, 0, 0, time.UTC) }
	stage := tuitest.StageIn(t, env, func(e *screen.Env) screen.Screen { return forecast.New(e, tuitest.Healthy) }, 100, 25)
	for _, want := range []string{"2027-02-28", "2027-03-28"} {
		stage.Do(keymap.MonthLater)
		if got := day(stage); !strings.HasPrefix(got, want) {
			t.Errorf("it is %s, want %s", got, want)
		}
	}
}

func TestWhoFails(t *testing.T) {
	stage := open(t, tuitest.NewSource(), tuitest.Expiring)
	line := func(words ...string) {
		t.Helper()
		if _, ok := tuitest.Line(ansi.Strip(stage.View()), words...); !ok {
			t.Errorf("no line with %q:\n%s", words, ansi.Strip(stage.View()))
		}
	}
	failing := func(want string) {
		t.Helper()
		if left, _ := stage.Screen.(screen.Statuser).Status(); !strings.HasSuffix(left, want) {
			t.Errorf("the status is %q", left)
		}
	}
	line("has root 1", "works", "2026-12-31")
	failing("0 of 4 clients fail")
	stage.Do(keymap.NextFailure, keymap.NextFailure)
	line("has root 1", "fails")
	line("has root 2", "works")
	line("targets/ci-bot", "fails", "2026-12-03")
	failing("1 of 4 clients fail")
	for range 40 {
		if stage.Screen.Actions()[0].ID != keymap.NextFailure {
			t.Fatal("the first action is another one")
		}
		if ok, _ := stage.Screen.Actions()[0].Available(); !ok {
			failing("4 of 4 clients fail")
			return
		}
		stage.Do(keymap.NextFailure)
	}
	t.Error("there is no last failure")
}

// What is read again is looked ahead at again, and the day stays.
func TestNews(t *testing.T) {
	source := tuitest.NewSource()
	stage := open(t, source, tuitest.Expiring)
	stage.Do(keymap.MonthLater)
	stage.Run(stage.Screen.(*forecast.Screen).Refresh())
	if n := strings.Count(source.Calls(), "Forecast"); n != 2 || day(stage) != "2026-12-21, in 30 d" {
		t.Errorf("%d forecasts, at %s", n, day(stage))
	}
}
