package tui_test

import (
	"testing"

	"trustdeck/model/lesson"
	"trustdeck/tui/tuitest"
)

// Lessons are a place of the practice world. Elsewhere nothing speaks of them.
func TestLessonsAreInThePracticeWorldOnly(t *testing.T) {
	start(t, "").misses("lessons").press("P").at("repos").
		press("ctrl+p").write("lessons of").misses("The lessons of")

	source := tuitest.NewSource()
	o := options(source)
	o.Banners = []string{"DEMO"}
	o.Lessons = []lesson.Lesson{{
		Slug: "expiring", Title: "A delegation that expires", GUN: frontend, Story: "Nobody has renewed it.",
		Look: []string{"Look at it."}, Try: []string{"Sign it again."},
		Steps: []lesson.Step{{Do: "Open the keys.", Goal: lesson.Goal{Kind: lesson.Opened, Place: "/keys"}}, {Do: "Open the tags.", Goal: lesson.Goal{Kind: lesson.Opened, Place: "/tags"}}},
	}}
	o.Practice = []string{". /tmp/practice/environment"}
	a := startWith(t, o, source).sees("DEMO", "P lessons")
	a.press("P").at("lessons").sees("A delegation that expires", "Nobody has renewed it.", ". /tmp/practice/environment")
	a.sees("0 of 1 done", "○ Open the keys.").press("enter").at("repo/" + frontend + "/roles").misses("Step done")
	a.press("2").sees("Step done: Open the keys. Next: Open the tags.")
	a.press("4").sees("Lesson done: A delegation that expires.", "lesson is done.")
	a.press("esc").at("lessons").sees("1 of 1 done", "✓ done", "✓ Open the keys. Done.", "✓ Open the tags. Done.")
	a.press("enter")
	a.press("ctrl+p").write("lessons of").press("enter").at("lessons")
	a.press("esc").at("repos")
}
