package screen_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/health"
	"trustdeck/tui/screen"
	"trustdeck/tui/task"
	"trustdeck/tui/tuitest"
)

// entry is the newest task of this name.
func entry(t *testing.T, env *screen.Env, name string) task.Entry {
	t.Helper()
	for _, e := range env.Tasks.Entries() {
		if e.Name == name {
			return e
		}
	}
	t.Fatalf("no task %q", name)
	return task.Entry{}
}

func TestASurveySaysHowFarItIs(t *testing.T) {
	source := tuitest.NewSource()
	refused := &model.Fault{Kind: model.FaultUnreachable, Subject: "acme/gone", Text: "the connection was refused"}
	source.Views = append(source.Views, admin.Look{GUN: "acme/gone", Fault: refused})
	source.Saved = []admin.Look{source.Views[2]}
	source.Saved[0].Stale = true
	env := tuitest.NewEnv(t, source)
	settle(env.Board, env.Board.Survey())
	e := entry(t, env, "checking all repositories")
	// One is a name without an answer, one has no trust data; one has a fault
	// beside what is cached of it.
	if e.State != task.Partly || e.Total != 11 || e.Done != 10 {
		t.Errorf("%+v", e)
	}
	if len(e.Notes) != 1 || !strings.Contains(e.Notes[0], "1 without trust data") || len(e.Troubles) != 2 || !errors.Is(e.Troubles[1], refused) {
		t.Errorf("notes %q, troubles %v", e.Notes, e.Troubles)
	}
}

func TestReadingARepositorySaysWhatCameOfIt(t *testing.T) {
	source := tuitest.NewSource()
	source.Views = append(source.Views, admin.Look{GUN: "acme/gone", Fault: &model.Fault{Kind: model.FaultUnreachable, Text: "the connection was refused"}})
	for gun, want := range map[model.GUN]struct {
		state task.State
		words string
	}{
		tuitest.Healthy:   {task.Done, "roles from"},
		"acme/gone":       {task.Failed, "the connection was refused"},
		"acme/not-at-all": {task.Done, "no such repository"},
	} {
		env := tuitest.NewEnv(t, source)
		settle(env.Board, env.Board.Open(gun))
		e := entry(t, env, "reading "+string(gun))
		said := strings.Join(e.Notes, " ")
		if e.Err != nil {
			said += e.Err.Error()
		}
		if e.State != want.state || e.Subject != string(gun) || !strings.Contains(said, want.words) {
			t.Errorf("%s: %+v", gun, e)
		}
		if v, ok := env.Board.View(gun); !ok || (want.state == task.Failed) != (v.Fault != nil && v.Fault.Kind == model.FaultUnreachable) {
			t.Errorf("%s: the board has %+v", gun, v)
		}
	}
}

// stopped plays a command and stops its task as soon as the source is asked.
func stopped(t *testing.T, env *screen.Env, cmd tea.Cmd, name string) {
	t.Helper()
	if !env.Tasks.Cancel(entry(t, env, name).ID) {
		t.Fatal("it cannot be stopped")
	}
	settle(env.Board, cmd)
}

// Reading that was stopped takes nothing away, and leaves nothing that seems to
// be on its way.
func TestReadingThatWasStopped(t *testing.T) {
	source := tuitest.NewSource()
	env := tuitest.NewEnv(t, source)
	settle(env.Board, env.Board.Survey())
	source.Gate = make(chan struct{})
	stopped(t, env, env.Board.Open(tuitest.Healthy), "reading "+string(tuitest.Healthy))
	if v, _ := env.Board.View(tuitest.Healthy); v.Repository == nil || v.Fault != nil || v.Stale {
		t.Errorf("what was known is gone: %+v", v)
	}
	if !env.Board.Loading(tuitest.Unread) {
		t.Fatal("the test world has nothing unread")
	}
	stopped(t, env, env.Board.Open(tuitest.Unread), "reading "+string(tuitest.Unread))
	v, _ := env.Board.View(tuitest.Unread)
	if v.Fault == nil || v.Fault.Kind != model.FaultCanceled || v.Fault.Hint == "" || env.Board.Loading(tuitest.Unread) {
		t.Errorf("the repository is %+v", v)
	}
	env = tuitest.NewEnv(t, &tuitest.Source{Views: []admin.Look{{GUN: "acme/app"}}})
	settle(env.Board, env.Board.Survey())
	if !env.Board.Loading("acme/app") {
		t.Fatal("it is not loading")
	}
	stopped(t, env, env.Board.Resurvey(), "checking all repositories")
	if env.Board.Loading("acme/app") {
		t.Error("it is still loading")
	}
	if _, err := env.Board.Surveyed(); model.KindOf(err) != model.FaultCanceled {
		t.Errorf("the survey ended with %v", err)
	}
}

// Another limit judges what is known and what comes.
func TestJudge(t *testing.T) {
	source := tuitest.NewSource()
	env := tuitest.NewEnv(t, source)
	b := env.Board
	settle(b, b.Survey())
	level := func() health.Level {
		v, _ := b.View(tuitest.Expiring)
		return v.Assessment.Level
	}
	if level() != health.Soon {
		t.Fatalf("it is %v", level())
	}
	if changed := b.Judge(health.Options{Soon: 24 * time.Hour}); len(changed) != len(b.Names()) || level() != health.OK {
		t.Errorf("%d changed, it is %v", len(changed), level())
	}
	settle(b, b.Open(tuitest.Expiring))
	if level() != health.OK {
		t.Errorf("read again it is %v", level())
	}
	if v, _ := b.View(tuitest.Stale); v.Assessment.Level > health.Stale {
		t.Errorf("what is not current is %v", v.Assessment.Level)
	}
	b.Judge(health.Options{Soon: 30 * 24 * time.Hour})
	if level() != health.Soon {
		t.Errorf("put back it is %v", level())
	}
}

// The last change of each setting counts, and what it changes is told once.
func TestSetupKeepsTheDraft(t *testing.T) {
	port := tuitest.NewSettings()
	s := screen.NewSetup(port)
	s.Change(screen.Change{ID: screen.SettingTheme, Value: "dark"})
	s.Change(screen.Change{ID: screen.SettingASCII, Value: "true"})
	s.Change(screen.Change{ID: screen.SettingTheme, Value: "mono"})
	if d := s.Draft(); len(d) != 2 || d[0].Value != "mono" {
		t.Errorf("draft %+v", d)
	}
	next, err := port.Resolve(context.Background(), s.Draft())
	if err != nil {
		t.Fatal(err)
	}
	look := s.Take(next)
	if look == nil || look.From.Theme != "light" || look.To.Theme != "mono" || s.Take(next) != nil {
		t.Errorf("look %+v", look)
	}
	s.Undo(screen.SettingASCII)
	if _, ok := s.Changed(screen.SettingASCII); ok || len(s.Draft()) != 1 {
		t.Error("undone and still there")
	}
	if s.Saved(); len(s.Draft()) != 0 {
		t.Error("saved and still there")
	}
}
