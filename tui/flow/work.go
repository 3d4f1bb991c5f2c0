package flow

import (
	"context"
	"errors"
	"slices"
	"sync"

	"trustdeck/model"
	"trustdeck/model/admin"
)

// Effect is work that a front end must have done now: see Machine.Work.
type Effect string

// The effects.
const (
	// None: it is the user's turn.
	None Effect = ""
	// Read what an answer names.
	Read Effect = "read"
	// Inquire: find out what the next question depends on.
	Inquire Effect = "inquire"
	// Prepare what the answers come to.
	Prepare Effect = "prepare"
	// Execute what was accepted.
	Execute Effect = "execute"
)

// Work is what an effect wants done. Do is called in the background, once, and keeps
// what came of it for Machine.Take.
type Work struct {
	do func(ctx context.Context, r Run) (take func() Effect, err error)
	// fail takes why nothing came of it.
	fail func(error) Effect

	mu   sync.Mutex
	take func() Effect
}

// Do does the work. The error is why it has failed, for the record.
func (w *Work) Do(ctx context.Context, r Run) error {
	take, err := w.do(ctx, r)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.take = take
	return err
}

func (w *Work) taken() func() Effect {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.take
}

// Work is what must be done now; nil where it is the user's turn.
func (m *Machine) Work() *Work { return m.work }

// Take takes what came of the work, and returns the next effect. err is how the work
// has ended, where it could not say so itself. Work that has not ended is waited for.
func (m *Machine) Take(err error) Effect {
	if m.work == nil {
		return None
	}
	take, fail := m.work.taken(), m.work.fail
	if take == nil && err == nil {
		return None
	}
	m.work = nil
	if take == nil {
		return fail(err)
	}
	return take()
}

// want has work done, in place of any that was wanted before.
func (m *Machine) want(effect Effect, w *Work) Effect {
	m.work = w
	return effect
}

// missing reads what an answer names before it can be judged. A name that is none is not
// looked at: judging it will say so.
func (m *Machine) missing(s *Step, given []string) Effect {
	m.work = nil
	var names []string
	for _, name := range given {
		if m.unread(s.Kind, name) && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return None
	}
	refuse := func(err error) Effect {
		m.problem, m.offering = err, false
		return None
	}
	return m.want(Read, &Work{fail: refuse, do: func(ctx context.Context, _ Run) (func() Effect, error) {
		var learn []func()
		for _, name := range names {
			one, err := m.read(ctx, s.Kind, name)
			if err != nil {
				return func() Effect { all(learn); return refuse(err) }, nil
			}
			learn = append(learn, one)
		}
		return func() Effect { all(learn); return m.judge() }, nil
	}})
}

func all(learn []func()) {
	for _, one := range learn {
		one()
	}
}

func (m *Machine) unread(kind Kind, name string) bool {
	switch kind {
	case File:
		_, known := m.answers.Files[name]
		return !known
	case Repositories:
		_, known := m.facts.Repositories[name]
		_, err := model.ParseGUN(name)
		return !known && err == nil
	case Text, Choice, List, Several:
	}
	return false
}

// read reads one file or repository in the background, and returns what keeps it.
func (m *Machine) read(ctx context.Context, kind Kind, name string) (keep func(), err error) {
	if kind == File {
		content, err := m.flow.Reader.ReadFile(name)
		return func() { m.answers.Files[name] = content }, err
	}
	r, err := m.flow.Reader.Look(ctx, name)
	return func() { m.facts.Saw(name, r) }, err
}

// find has an inquiry made.
func (m *Machine) find(effect Effect, inquiry Inquiry, found func() Effect, fail func(error) Effect) Effect {
	return m.want(effect, &Work{fail: fail, do: func(ctx context.Context, r Run) (func() Effect, error) {
		learn, err := inquiry(ctx, r.Secrets)
		if err != nil {
			return nil, err
		}
		return func() Effect { learn(&m.facts); return found() }, nil
	}})
}

// inquire is what must be found out once an answer is right.
func (m *Machine) inquire() Effect {
	s := m.Step()
	if s.Inquire == nil {
		return None
	}
	inquiry := s.Inquire(m.facts, m.answers)
	if inquiry == nil {
		return None
	}
	return m.find(Inquire, inquiry, m.forward, func(err error) Effect {
		m.problem = err
		return None
	})
}

// prepare finds out what the answers come to.
func (m *Machine) prepare() Effect {
	var inquiry Inquiry
	var err error
	if m.flow.Survey != nil {
		inquiry, err = m.flow.Survey(m.facts, m.answers)
	}
	if err != nil {
		m.problem, m.at = err, m.last()
		return None
	}
	m.state, m.problem = Preparing, nil
	if inquiry == nil {
		return m.come()
	}
	return m.find(Prepare, inquiry, m.come, func(err error) Effect {
		m.at, m.state, m.problem = m.last(), Asking, err
		return None
	})
}

// execute does what was accepted.
func (m *Machine) execute() Effect {
	m.state, m.stop = Executing, false
	m.ended, m.report, m.steps = false, nil, m.outcome.Steps()
	do := m.outcome.Do
	return m.want(Execute, &Work{
		do: func(ctx context.Context, r Run) (func() Effect, error) {
			report, err := do(ctx, r)
			return func() Effect { m.end(report, err); return None }, err
		},
		fail: func(err error) Effect { // a mistake of the program
			m.end(&Report{Usable: "It was cut off; how far it went is unknown.", Stepwise: true}, err)
			return None
		},
	})
}

// end takes how the execution ended. Where others were quicker, what it comes to now is
// reviewed again.
func (m *Machine) end(report *Report, err error) {
	if m.ended, m.report = true, report; report != nil && report.Learn != nil {
		report.Learn(&m.facts)
	}
	var overtaken *Overtaken
	switch {
	case err == nil:
		m.state, m.problem = Done, nil
	case errors.As(err, &overtaken):
		m.overtaken = overtaken
		m.consider(overtaken.Now)
	case model.KindOf(err) == model.FaultCanceled:
		m.state, m.problem = Stopped, err
	default:
		m.state, m.problem = Failed, err
	}
}

// Progress brings the steps of the execution as they are now.
func (m *Machine) Progress(steps []admin.Step) {
	if m.state == Executing {
		m.steps = steps
	}
}
