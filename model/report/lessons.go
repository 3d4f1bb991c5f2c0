package report

import "trustdeck/model/lesson"

// Lessons is the answer of "trustdeck lessons".
type Lessons struct {
	Answer
	// Done is how many of Lessons are done.
	Done int `json:"done"`
	// Lessons in the order in which they are best learned.
	Lessons []Lesson `json:"lessons"`
}

// Lesson is a lesson of the practice world.
type Lesson struct {
	// Name of the lesson, as commands take it.
	Name       string `json:"name"`
	Title      string `json:"title"`
	Repository string `json:"repository"`
	// State is "done", "open" or "unwatched": all that is to be done is to look, which only
	// the UI of the demo notices.
	State string `json:"state"`
	// Steps to do.
	Steps []LessonStep `json:"steps"`
	// Story tells what has happened, Look what to look at, Try what to try.
	Story string   `json:"story"`
	Look  []string `json:"look"`
	Try   []string `json:"try"`
}

// LessonStep is something to do.
type LessonStep struct {
	Text string `json:"text"`
	// Optional is true for what takes another client, and does not count.
	Optional bool `json:"optional"`
	// State is one of those of a lesson.
	State string `json:"state"`
}

// The states of lessons and their steps.
const (
	LessonDone      = "done"
	LessonOpen      = "open"
	LessonUnwatched = "unwatched"
)

// NewLessons makes the answer of lessons and what is known to be done of them.
func NewLessons(lessons []lesson.Lesson, done *lesson.Progress) Lessons {
	out := Lessons{Answer: answer("lessons"), Lessons: []Lesson{}}
	for i, l := range lessons {
		one := Lesson{
			Name: l.Slug, Title: l.Title, Repository: string(l.GUN), State: LessonUnwatched, Steps: []LessonStep{},
			Story: l.Story, Look: texts(l.Look), Try: texts(l.Try),
		}
		for j, s := range l.Steps {
			step := LessonStep{Text: s.Do, Optional: s.Optional, State: LessonOpen}
			switch {
			case s.Watched():
				step.State = LessonUnwatched
			case done.StepDone(i, j):
				step.State = LessonDone
			}
			one.add(step)
		}
		if one.State == LessonDone {
			out.Done++
		}
		out.Lessons = append(out.Lessons, one)
	}
	return out
}

// add adds a step. A lesson is done once all of its steps are that count and are watched.
func (l *Lesson) add(s LessonStep) {
	l.Steps = append(l.Steps, s)
	switch {
	case s.Optional || s.State == LessonUnwatched:
	case s.State == LessonOpen || l.State == LessonUnwatched:
		l.State = s.State
	}
}
