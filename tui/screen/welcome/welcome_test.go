package welcome_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"trustdeck/model/admin"
	"trustdeck/tui/keymap"
	"trustdeck/tui/nav"
	"trustdeck/tui/screen"
	"trustdeck/tui/screen/welcome"
	"trustdeck/tui/tuitest"
)

func open(t *testing.T, source *tuitest.Source) *tuitest.Stage {
	t.Helper()
	return tuitest.NewStage(t, source, func(e *screen.Env) screen.Screen { return welcome.New(e) }, 100, 25)
}

func TestPictures(t *testing.T) {
	open(t, tuitest.NewSource()).Picture("welcome", tuitest.Small, tuitest.Wide)
}

func TestWhatWasFound(t *testing.T) {
	view := ansi.Strip(open(t, tuitest.NewSource()).View())
	for _, want := range []string{"https://notary.example.org  (from DOCKER_CONTENT_TRUST_SERVER)", "/home/ada/.docker/trust", "4 private keys", "10 repositories known"} {
		if !strings.Contains(view, want) {
			t.Errorf("%q is missing:\n%s", want, view)
		}
	}
	view = ansi.Strip(open(t, &tuitest.Source{Err: errors.New("no answer")}).View())
	if !strings.Contains(view, "No answer.") {
		t.Errorf("a failure is not shown:\n%s", view)
	}
}

// What waits to be published is told before it is forgotten.
func TestStagedChanges(t *testing.T) {
	source := tuitest.NewSource()
	source.Waiting = []admin.Staged{{GUN: tuitest.Healthy, Changes: make([]admin.StagedChange, 3)}, {GUN: tuitest.Broken, Unpublished: true}}
	if view := ansi.Strip(open(t, source).View()); !strings.Contains(view, "3 changes in 1 repository, 1 never published") {
		t.Errorf("got:\n%s", view)
	}
}

func TestChoices(t *testing.T) {
	stage := open(t, tuitest.NewSource())
	stage.Do(keymap.Open)
	if len(stage.Pushed) != 1 || stage.Pushed[0] != nav.Place(nav.KindRepos) {
		t.Errorf("the first choice leads to %v", stage.Pushed)
	}
	stage.Do(keymap.Bottom, keymap.Open)
	if stage.Chosen == nil || stage.Chosen.ID != "demo" {
		t.Errorf("chosen %+v", stage.Chosen)
	}
}

// A choice with a prompt asks first, and nothing happens without an answer.
func TestAChoiceThatAsks(t *testing.T) {
	stage := open(t, tuitest.NewSource())
	stage.Do(keymap.Down, keymap.Open)
	if stage.Prompt == nil || stage.Prompt.ID != "connect" || stage.Prompt.Value != "https://notary.example.org" {
		t.Fatalf("asked %+v", stage.Prompt)
	}
	stage.Send(screen.AnswerMsg{ID: "connect"})
	if stage.Chosen != nil {
		t.Errorf("an empty answer chose %+v", stage.Chosen)
	}
	stage.Send(screen.AnswerMsg{ID: "connect", Text: "https://other"})
	if stage.Chosen == nil || *stage.Chosen != (screen.ChoiceMsg{ID: "connect", Answer: "https://other"}) {
		t.Errorf("chosen %+v", stage.Chosen)
	}
}

func TestAClickChooses(t *testing.T) {
	stage := open(t, tuitest.NewSource())
	for y, line := range strings.Split(ansi.Strip(stage.View()), "\n") {
		if strings.Contains(line, "Look at the sample") {
			stage.Send(screen.ClickMsg{X: 10, Y: y})
		}
	}
	if stage.Chosen == nil || stage.Chosen.ID != "demo" {
		t.Errorf("chosen %+v", stage.Chosen)
	}
}
