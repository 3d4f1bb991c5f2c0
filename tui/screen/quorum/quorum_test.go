package quorum_test

import (
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"trustdeck/model"
	rules "trustdeck/model/quorum"
	"trustdeck/tui/keymap"
	"trustdeck/tui/nav"
	"trustdeck/tui/screen"
	"trustdeck/tui/screen/quorum"
	"trustdeck/tui/tuitest"
)

// open shows a repository whose holders are partly known.
func open(t *testing.T, source *tuitest.Source, gun model.GUN) *tuitest.Stage {
	t.Helper()
	env := tuitest.NewEnv(t, source)
	env.Holders = rules.Known{
		Holders:       map[string]string{string(tuitest.Key(string(tuitest.Expiring) + " snapshot")): "server"},
		Organisations: map[string]string{"alice": "Acme", "bob": "Acme", "erin": "Beta", "you": "Beta"},
	}
	return tuitest.StageIn(t, env, func(e *screen.Env) screen.Screen { return quorum.New(e, gun) }, 100, 25)
}

func TestPictures(t *testing.T) {
	stage := open(t, tuitest.NewSource(), tuitest.Expiring)
	stage.Do(keymap.Down, keymap.Down)
	stage.Picture("expiring", tuitest.Small, tuitest.Wide, tuitest.Dark, tuitest.ASCII)
	stage = open(t, tuitest.NewSource(), tuitest.Broken)
	for range 4 {
		stage.Do(keymap.Down)
	}
	stage.Picture("broken")
	stage = open(t, tuitest.NewSource(), tuitest.Nested)
	for range 5 {
		stage.Do(keymap.Down)
	}
	stage.Picture("nested")
	open(t, tuitest.NewSource(), tuitest.Hostile).Picture("hostile")
	open(t, tuitest.NewSource(), tuitest.NoTrust).Picture("none")
}

func TestARoleIsExplained(t *testing.T) {
	stage := open(t, tuitest.NewSource(), tuitest.Nested)
	stage.Resize(160, 60)
	stage.Run(nil)
	for range 4 {
		stage.Do(keymap.Down)
	}
	view := ansi.Strip(stage.View())
	for _, want := range []string{"2 of the 3 keys that targets lists must sign.", "Any one key can be lost", "KEYS THAT COUNT"} {
		if !strings.Contains(view, want) {
			t.Errorf("%q is missing:\n%s", want, view)
		}
	}
}

func TestEnterLeadsToTheRole(t *testing.T) {
	stage := open(t, tuitest.NewSource(), tuitest.Expiring)
	stage.Do(keymap.Down, keymap.Open)
	if len(stage.Pushed) != 1 || stage.Pushed[0] != nav.Role(tuitest.Expiring, model.RoleTargets) {
		t.Errorf("went to %v", stage.Pushed)
	}
}

func TestFilterByHolder(t *testing.T) {
	stage := open(t, tuitest.NewSource(), tuitest.Expiring)
	s := stage.Screen.(*quorum.Screen)
	s.SetFilter("Beta")
	if shown, total := s.FilterCount(); shown == 0 || shown == total {
		t.Errorf("%d of %d roles are shown", shown, total)
	}
	s.SetFilter("zzz")
	if !strings.Contains(ansi.Strip(stage.View()), "No role or holder matches zzz.") {
		t.Errorf("got:\n%s", stage.View())
	}
}

// What is read again is worked out again; a repository that goes takes its rows along.
func TestNews(t *testing.T) {
	source := tuitest.NewSource()
	stage := open(t, source, tuitest.Healthy)
	views := source.Views
	source.Views = nil
	stage.Run(stage.Screen.(*quorum.Screen).Refresh())
	if len(stage.Screen.Actions()) != 0 || !strings.Contains(ansi.Strip(stage.View()), "Quorum of base/alpine") {
		t.Errorf("got:\n%s", stage.View())
	}
	source.Views = views
	stage.Run(stage.Screen.(*quorum.Screen).Refresh())
	if _, ok := tuitest.Line(ansi.Strip(stage.View()), "root", "1 of 1"); !ok {
		t.Errorf("got:\n%s", stage.View())
	}
	if cmd := stage.Screen.Update(screen.BoardMsg{Changed: []model.GUN{tuitest.Broken}}); cmd != nil {
		t.Error("another repository is none of its business")
	}
}
