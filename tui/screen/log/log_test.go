package log_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/tui/keymap"
	"trustdeck/tui/screen"
	"trustdeck/tui/screen/log"
	"trustdeck/tui/tuitest"
)

func open(t *testing.T, events ...model.Event) *tuitest.Stage {
	t.Helper()
	env := tuitest.NewEnv(t, tuitest.NewSource())
	for _, e := range events {
		env.Log.(*admin.Log).Add(e)
	}
	return tuitest.StageIn(t, env, func(e *screen.Env) screen.Screen { return log.New(e) }, 100, 25)
}

func event(second int, level model.Severity, kind, words string) model.Event {
	return model.Event{
		Time: tuitest.Now.Add(time.Duration(second) * time.Second), Level: level, Kind: kind, Text: words,
		Elapsed: time.Duration(second*17) * time.Millisecond,
	}
}

func events() []model.Event {
	return []model.Event{
		event(0, model.Notice, "auth", "token for repository:acme/app:pull from https://auth.example.org"),
		event(1, model.Notice, "request", "GET https://notary.example.org/v2/acme/app/_trust/tuf/root.json 200"),
		event(2, model.Warning, "cache", "the cache of acme/app is older than its timestamp"),
		event(3, model.Failure, "request", "GET /v2/evil/\x1b[2J\u202e 500: \nboom"),
		event(4, model.Notice, "verify", strings.Repeat("a very long line ", 20)),
	}
}

func TestPictures(t *testing.T) { open(t, events()...).Picture("log", tuitest.Small, tuitest.Wide) }

func TestNewestFirstAndHarmless(t *testing.T) {
	stage := open(t, events()...)
	view := stage.View()
	newest, oldest := strings.Index(view, "a very long line"), strings.Index(view, "token for")
	if newest < 0 || oldest < newest {
		t.Errorf("got:\n%s", view)
	}
	if !strings.Contains(view, `\x1b[2J\u202e`) {
		t.Errorf("the hostile line is not shown as escapes:\n%s", view)
	}
}

func TestLevels(t *testing.T) {
	stage := open(t, events()...)
	for _, want := range []int{2, 1, 5} {
		stage.Do(keymap.LogLevel)
		if shown, _ := stage.Screen.(*log.Screen).FilterCount(); shown != want {
			t.Errorf("%d events, want %d", shown, want)
		}
	}
}

func TestWhatIsLoggedLaterAppears(t *testing.T) {
	stage := open(t)
	if !strings.Contains(stage.View(), "No events yet.") {
		t.Errorf("got:\n%s", stage.View())
	}
	stage.Env.Log.(*admin.Log).Add(event(9, model.Notice, "request", "something new"))
	stage.Send(screen.BoardMsg{})
	if !strings.Contains(stage.View(), "something new") {
		t.Errorf("got:\n%s", stage.View())
	}
}

// The log is a ring: rows keep their identity while old ones go.
func TestTheSelectionStaysWhileOldEventsGo(t *testing.T) {
	stage := open(t, events()...)
	stage.Do(keymap.Down)
	for i := range 1997 {
		stage.Env.Log.(*admin.Log).Add(event(10+i, model.Notice, "request", fmt.Sprint("request ", i)))
	}
	stage.Send(screen.BoardMsg{})
	if _, ok := tuitest.Line(stage.View(), ">", `/v2/evil/\x1b`); !ok {
		t.Errorf("the selection is lost:\n%s", stage.View())
	}
	items := stage.Screen.(*log.Screen).CopyItems()
	if !strings.Contains(items[0].Text, "failure request GET /v2/evil") {
		t.Errorf("copies %q", items[0].Text)
	}
}
