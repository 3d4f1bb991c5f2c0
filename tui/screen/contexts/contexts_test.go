package contexts_test

import (
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"trustdeck/tui/keymap"
	"trustdeck/tui/screen"
	"trustdeck/tui/screen/contexts"
	"trustdeck/tui/tuitest"
)

func open(t *testing.T, known screen.Contexts) *tuitest.Stage {
	t.Helper()
	env := tuitest.NewEnv(t, tuitest.NewSource())
	env.Contexts = known
	return tuitest.StageIn(t, env, func(e *screen.Env) screen.Screen { return contexts.New(e) }, 100, 25)
}

func TestPictures(t *testing.T) {
	stage := open(t, tuitest.NewContexts())
	stage.Do(keymap.Down)
	stage.Picture("contexts", tuitest.Small, tuitest.Wide)
	stage.Do(keymap.Bottom)
	stage.Picture("contexts-wrong")
}

// Enter switches to the selected context, or to those that are marked.
func TestSwitch(t *testing.T) {
	stage := open(t, tuitest.NewContexts())
	stage.Do(keymap.Down, keymap.ContextsUse)
	if stage.Chosen == nil || *stage.Chosen != (screen.ChoiceMsg{ID: screen.ChoiceContext, Answer: "prod"}) {
		t.Fatalf("chosen %+v", stage.Chosen)
	}
	stage.Do(keymap.ContextsMark, keymap.Down, keymap.ContextsMark, keymap.ContextsUse)
	if stage.Chosen.Answer != "prod,vendor" {
		t.Errorf("two that are marked: %+v", stage.Chosen)
	}
	if left, _ := stage.Screen.(screen.Statuser).Status(); !strings.Contains(left, "2 marked: prod, vendor") {
		t.Errorf("the status is %q", left)
	}
	stage.Do(keymap.ContextsMark, keymap.ContextsUse)
	if stage.Chosen.Answer != "prod" {
		t.Errorf("one mark taken away: %+v", stage.Chosen)
	}
}

// What is in use, or cannot be used, is not switched to.
func TestNoSwitch(t *testing.T) {
	off := func(stage *tuitest.Stage, id keymap.ID) string {
		for _, a := range stage.Screen.Actions() {
			if a.ID == id {
				_, why := a.Available()
				return why
			}
		}
		return "not offered"
	}
	stage := open(t, tuitest.NewContexts())
	if why := off(stage, keymap.ContextsUse); why != "it is in use" {
		t.Errorf("the one in use: %q", why)
	}
	stage.Do(keymap.Bottom)
	for _, id := range []keymap.ID{keymap.ContextsUse, keymap.ContextsMark} {
		if why := off(stage, id); !strings.Contains(why, "can't be used") {
			t.Errorf("%s of a wrong one: %q", id, why)
		}
	}
	if view := ansi.Strip(stage.View()); !strings.Contains(view, "theme is not a setting of a context") || !strings.Contains(view, "Move it to config.toml.") {
		t.Errorf("the reason is not shown:\n%s", view)
	}
}

// Where no context can be chosen the page says so.
func TestNone(t *testing.T) {
	if view := ansi.Strip(open(t, nil).View()); !strings.Contains(view, "There are no contexts here.") {
		t.Errorf("got:\n%s", view)
	}
}
