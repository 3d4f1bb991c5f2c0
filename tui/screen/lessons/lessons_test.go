package lessons_test

import (
	"strings"
	"testing"

	"trustdeck/tui/keymap"
	"trustdeck/tui/nav"
	"trustdeck/tui/screen"
	"trustdeck/tui/screen/lessons"
	"trustdeck/tui/tuitest"
)

func open(t *testing.T, taught ...screen.Lesson) *tuitest.Stage {
	t.Helper()
	return tuitest.NewStage(t, tuitest.NewSource(), func(e *screen.Env) screen.Screen {
		e.Lessons = taught
		if len(taught) > 0 {
			e.Practice = []string{". /tmp/trustdeck-practice-1/environment"}
		}
		return lessons.New(e)
	}, 100, 25)
}

var taught = []screen.Lesson{
	{
		Slug: "healthy", Title: "A healthy repository", GUN: tuitest.Healthy,
		Story: "Alice and bob have signed this repository for half a year.",
		Look:  []string{"Root names who signs what.", "Each tag was signed twice, in the signer's own role and in releases."},
		Try:   []string{"Walk through the tabs with 1 to 6."},
	},
	{
		Slug: "hostile", Title: "A title with \x1b[31mcolour", GUN: tuitest.Expiring,
		Story: "It says \u202eback.", Look: []string{"Nothing of it reaches the terminal."}, Try: []string{"Look."},
	},
}

func TestPictures(t *testing.T) {
	stage := open(t, taught...)
	stage.Picture("all", tuitest.Small, tuitest.Wide)
	stage.Do(keymap.Down)
	stage.Picture("hostile")
	stage.Do(keymap.NextPane)
	stage.Picture("detail", tuitest.Small)
	open(t).Picture("none")
}

func TestEnterOpensTheRepository(t *testing.T) {
	stage := open(t, taught...)
	stage.Do(keymap.Down)
	stage.Do(keymap.Open)
	if len(stage.Pushed) != 1 || stage.Pushed[0] != nav.Repo(tuitest.Expiring, nav.TabRoles) {
		t.Errorf("went to %v", stage.Pushed)
	}
}

// A lesson says what its repository shows now, and how others see it.
func TestLessonsFollowTheWorld(t *testing.T) {
	stage := open(t, taught...)
	if view := stage.View(); !strings.Contains(view, "● ok") || !strings.Contains(view, "docker trust inspect --pretty") {
		t.Errorf("got:\n%s", view)
	}
	stage.Do(keymap.Down)
	if view := stage.View(); !strings.Contains(view, "▲ soon: ") {
		t.Errorf("got:\n%s", view)
	}
	items := stage.Screen.(*lessons.Screen).CopyItems()
	want := ". /tmp/trustdeck-practice-1/environment\ndocker trust inspect --pretty " +
		string(tuitest.Expiring) + "\nnotary list " + string(tuitest.Expiring) + "\n"
	if len(items) != 2 || items[0].Text != string(tuitest.Expiring) || items[1].Text != want || !items[1].Lines {
		t.Errorf("to copy: %+v", items)
	}
}

// Without a practice world nothing is read, and nothing can be opened.
func TestNoLessons(t *testing.T) {
	source := tuitest.NewSource()
	stage := tuitest.NewStage(t, source, func(e *screen.Env) screen.Screen { return lessons.New(e) }, 100, 25)
	if calls := source.Calls(); calls != "" {
		t.Errorf("it reads %s", calls)
	}
	for _, a := range stage.Screen.Actions() {
		if ok, _ := a.Available(); ok && a.ID == keymap.Open {
			t.Error("there is something to open")
		}
	}
	if items := stage.Screen.(*lessons.Screen).CopyItems(); len(items) > 0 {
		t.Errorf("to copy: %+v", items)
	}
}

func TestFilter(t *testing.T) {
	stage := open(t, taught...)
	s := stage.Screen.(*lessons.Screen)
	s.SetFilter("bob have")
	if shown, total := s.FilterCount(); shown != 1 || total != 2 {
		t.Errorf("%d of %d lessons", shown, total)
	}
	s.SetFilter("nothing like it")
	stage.Picture("no-match")
}
