package lessons_test

import (
	"strings"
	"testing"

	"trustdeck/model/lesson"
	"trustdeck/tui/keymap"
	"trustdeck/tui/nav"
	"trustdeck/tui/screen"
	"trustdeck/tui/screen/lessons"
	"trustdeck/tui/tuitest"
)

func open(t *testing.T, taught ...lesson.Lesson) *tuitest.Stage {
	t.Helper()
	return tuitest.NewStage(t, tuitest.NewSource(), func(e *screen.Env) screen.Screen {
		e.Course = screen.NewCourse(taught)
		if len(taught) > 0 {
			e.Practice = []string{". /tmp/trustdeck-practice-1/environment"}
		}
		return lessons.New(e)
	}, 100, 25)
}

var taught = []lesson.Lesson{
	{
		Slug: "healthy", Title: "A healthy repository", GUN: tuitest.Healthy,
		Story: "Alice and bob have signed this repository for half a year.",
		Look:  []string{"Root names who signs what.", "Each tag was signed twice, in the signer's own role and in releases."},
		Try:   []string{"Walk through the tabs with 1 to 6."},
		Steps: []lesson.Step{
			{Do: "Open the repository.", Goal: lesson.Goal{Kind: lesson.Opened, Place: "/"}},
			{Do: "Look at the roles.", Goal: lesson.Goal{Kind: lesson.NoFinding, Code: "expired", Role: "targets"}},
			{Do: "Publish it with another client.", Optional: true, Goal: lesson.Goal{Kind: lesson.TagFound, Tag: "none"}},
		},
	},
	{
		Slug: "hostile", Title: "A title with \x1b[31mcolour", GUN: tuitest.Expiring,
		Story: "It says \u202eback.", Look: []string{"Nothing of it reaches the terminal."}, Try: []string{"Look."},
		Steps: []lesson.Step{{Do: "Look \x1b[31mat it.", Goal: lesson.Goal{Kind: lesson.Opened, Place: "/"}}},
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
	stage.Resize(100, 40)
	if view := stage.View(); !strings.Contains(view, "● ok") || !strings.Contains(view, "docker trust inspect --pretty") {
		t.Errorf("got:\n%s", view)
	}
	stage.Do(keymap.Down)
	if view := stage.View(); !strings.Contains(view, "▲ expiring: ") {
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

// What is done is ticked, step by step, and the list begins at the first lesson that is open.
func TestTicks(t *testing.T) {
	stage := open(t, taught...)
	env := stage.Env
	if said, _ := env.Course.Follow(env); !strings.HasPrefix(said, "Step done: Look at the roles. Next: Open the repository.") {
		t.Errorf("said %q", said)
	}
	stage.Send(screen.CourseMsg{})
	stage.Picture("half")
	env.Course.See(env, nav.Repo(tuitest.Healthy, nav.TabTags))
	if said, _ := env.Course.Follow(env); said != "Lesson done: A healthy repository. Next: A title with \\x1b[31mcolour. P describes it." {
		t.Errorf("said %q", said)
	}
	stage.Send(screen.CourseMsg{})
	stage.Picture("done", tuitest.Small, tuitest.ASCII)
	again := tuitest.StageIn(t, env, func(e *screen.Env) screen.Screen { return lessons.New(e) }, 100, 25)
	if key := again.Screen.(*lessons.Screen).SelectedKey(); key != "hostile" {
		t.Errorf("begins at %s", key)
	}
	env.Course.See(env, nav.Repo(tuitest.Expiring, nav.TabTags))
	if said, _ := env.Course.Follow(env); !strings.HasSuffix(said, "Every lesson is done.") {
		t.Errorf("said %q", said)
	}
}
