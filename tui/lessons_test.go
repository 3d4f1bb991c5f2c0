package tui_test

import (
	"testing"

	"trustdeck/tui/screen"
	"trustdeck/tui/tuitest"
)

// Lessons are a place of the practice world. Elsewhere nothing speaks of them.
func TestLessonsAreInThePracticeWorldOnly(t *testing.T) {
	start(t, "").misses("lessons").press("P").at("repos").
		press("ctrl+p").write("lessons of").misses("The lessons of")

	source := tuitest.NewSource()
	o := options(source)
	o.Banners = []string{"DEMO"}
	o.Lessons = []screen.Lesson{{
		Slug: "expiring", Title: "A delegation that expires", GUN: frontend, Story: "Nobody has renewed it.",
		Look: []string{"Look at it."}, Try: []string{"Sign it again."},
	}}
	o.Practice = []string{". /tmp/practice/environment"}
	a := startWith(t, o, source).sees("DEMO", "P lessons")
	a.press("P").at("lessons").sees("A delegation that expires", "Nobody has renewed it.", ". /tmp/practice/environment")
	a.press("enter").at("repo/" + frontend + "/roles")
	a.press("ctrl+p").write("lessons of").press("enter").at("lessons")
	a.press("esc").at("repos")
}
