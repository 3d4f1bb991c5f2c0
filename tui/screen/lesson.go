package screen

import (
	"strings"

	"trustdeck/model/lesson"
	"trustdeck/tui/flow"
	"trustdeck/tui/keymap"
	"trustdeck/tui/nav"
	"trustdeck/tui/text"
)

// Course is the lessons of the practice world, with what has been done of them. It
// belongs to Update. A nil Course has no lessons.
type Course struct {
	// Progress is judged on what the board knows.
	*lesson.Progress
	lessons []lesson.Lesson
	seen    map[lesson.Sight]bool
}

// NewCourse begins the lessons; without any it is nil.
func NewCourse(lessons []lesson.Lesson) *Course {
	if len(lessons) == 0 {
		return nil
	}
	return &Course{Progress: lesson.NewProgress(lessons), lessons: lessons, seen: map[lesson.Sight]bool{}}
}

// Lessons are all, in the order in which they are best learned.
func (c *Course) Lessons() []lesson.Lesson {
	if c == nil {
		return nil
	}
	return c.lessons
}

// See takes note of the place that is shown, once what it is about has been read.
func (c *Course) See(env *Env, at nav.Route) {
	if c == nil {
		return
	}
	if at.GUN == "" {
		if at.File != "" { // whichever file it is
			at.File = "FILE"
		}
		c.seen[lesson.Sight{Place: at.String()}] = true
		return
	}
	look, _ := env.Board.View(at.GUN)
	if look.Repository == nil && !absent(look) {
		return
	}
	if place, ok := strings.CutPrefix(at.String(), "repo/"+string(at.GUN)+"/"); ok {
		c.seen[lesson.Sight{GUN: at.GUN}] = true
		c.seen[lesson.Sight{GUN: at.GUN, Place: place}] = true
	}
}

// Reviewed takes note of a review that is shown.
func (c *Course) Reviewed(m *flow.Machine) {
	if c == nil || m == nil || m.State() != flow.Reviewing {
		return
	}
	if about, ok := m.Outcome().(flow.About); ok {
		for _, gun := range about.GUNs() {
			c.seen[lesson.Sight{GUN: gun, Flow: m.Flow().ID}] = true
		}
	}
}

// Follow says which steps and lessons have been done since it was last called, and what
// comes next; said is empty where nothing was. Changed tells that something has been done, or
// undone: the screens are to be sent a CourseMsg.
func (c *Course) Follow(env *Env) (said string, changed bool) {
	ticks, changed := c.Update(lesson.World{
		Now: env.Now(), Look: env.Board.View, Keys: env.Board.local, DialectOf: env.DialectOf,
		Seen: func(s lesson.Sight) bool { return c.seen[s] },
	})
	if len(ticks) == 0 {
		return "", changed
	}
	var words []string
	for _, t := range ticks {
		l := c.lessons[t.Lesson]
		if t.Finished {
			words = append(words, "Lesson done: "+text.Sentence(text.Clean(l.Title)))
		} else {
			words = append(words, "Step done: "+text.Clean(l.Steps[t.Step].Do))
		}
	}
	return strings.Join(append(words, c.advise(env, ticks[len(ticks)-1])), " "), changed
}

// advise says what to try after a step.
func (c *Course) advise(env *Env, after lesson.Tick) string {
	if !c.Done(after.Lesson) {
		return "Next: " + text.Clean(c.lessons[after.Lesson].Steps[c.NextStep(after.Lesson)].Do)
	}
	next := c.Next(after.Lesson)
	if next < 0 {
		return "Every lesson is done."
	}
	return "Next: " + text.Sentence(text.Clean(c.lessons[next].Title)) + " " + env.Press(keymap.GoLessons) + " describes it."
}

// Told is how many lessons are done, in words: "3 of 12 done".
func (c *Course) Told() string {
	done, all := c.Count()
	return text.Number(done) + " of " + text.Number(all) + " done"
}
