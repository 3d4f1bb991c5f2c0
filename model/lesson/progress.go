package lesson

// Progress is what has been done of lessons, as far as that is known.
type Progress struct {
	lessons []Lesson
	// done are the steps of each lesson.
	done [][]bool
}

// NewProgress begins with nothing done.
func NewProgress(lessons []Lesson) *Progress {
	p := &Progress{lessons: lessons, done: make([][]bool, len(lessons))}
	for i, l := range lessons {
		p.done[i] = make([]bool, len(l.Steps))
	}
	return p
}

// Tick is a step that has just been done, by its index and that of its lesson.
type Tick struct {
	Lesson, Step int
	// Finished tells that with it the lesson is done.
	Finished bool
}

// Update judges every step in the world as it is now, and returns those that have been
// done since. What cannot be told now stays as it was, and what was undone is open again;
// changed says that either has happened.
func (p *Progress) Update(w World) (out []Tick, changed bool) {
	for i, l := range p.lessons {
		before := p.Done(i)
		var ticked []Tick
		for j, s := range l.Steps {
			v := s.judge(l.GUN, w)
			if v == met && !p.done[i][j] {
				ticked = append(ticked, Tick{Lesson: i, Step: j})
			}
			if v != unknown {
				changed = changed || p.done[i][j] != (v == met)
				p.done[i][j] = v == met
			}
		}
		if len(ticked) > 0 && !before && p.Done(i) {
			ticked[len(ticked)-1].Finished = true
		}
		out = append(out, ticked...)
	}
	return out, changed
}

// Done reports whether a lesson is: all of its steps that are not optional.
func (p *Progress) Done(lesson int) bool {
	done, all := p.Steps(lesson)
	return all > 0 && done == all
}

// StepDone reports whether a step is done.
func (p *Progress) StepDone(lesson, step int) bool { return p.done[lesson][step] }

// Steps counts the steps of a lesson that are not optional, and how many are done.
func (p *Progress) Steps(lesson int) (done, all int) {
	for j, s := range p.lessons[lesson].Steps {
		if s.Optional {
			continue
		}
		all++
		if p.done[lesson][j] {
			done++
		}
	}
	return done, all
}

// Count is how many lessons are done, of how many.
func (p *Progress) Count() (done, all int) {
	for i := range p.lessons {
		if p.Done(i) {
			done++
		}
	}
	return done, len(p.lessons)
}

// NextStep is the first step of a lesson that is open, optional ones last; -1 where all
// are done.
func (p *Progress) NextStep(lesson int) int {
	optional := -1
	for j, s := range p.lessons[lesson].Steps {
		switch {
		case p.done[lesson][j]:
		case !s.Optional:
			return j
		case optional < 0:
			optional = j
		}
	}
	return optional
}

// Next is the first lesson that is open from a lesson on, and then from the first one; -1
// where all are done.
func (p *Progress) Next(from int) int {
	for n := range p.lessons {
		if i := (from + n) % len(p.lessons); !p.Done(i) {
			return i
		}
	}
	return -1
}
