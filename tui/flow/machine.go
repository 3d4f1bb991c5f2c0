package flow

import (
	"slices"

	"trustdeck/model/admin"
	"trustdeck/model/dialect"
	"trustdeck/model/port"
	"trustdeck/tui/secrets"
	"trustdeck/tui/text"
)

// State is where a flow is.
type State string

// The states.
const (
	Asking     State = "asking"
	Preparing  State = "preparing"
	Reviewing  State = "reviewing"
	Confirming State = "confirming"
	Executing  State = "executing"
	Done       State = "done"
	Failed     State = "failed"
	Stopped    State = "stopped"
)

// Machine is a flow that is being walked through. It is a value of its owner: it
// is not safe for concurrent use.
type Machine struct {
	// begun is the flow as it is registered, and flow in the words of a dialect, spoken.
	begun, flow *Flow
	spoken      dialect.Dialect

	facts   Facts
	answers Answers
	at      int
	state   State
	// problem is what is wrong with the last answer, or why the last work failed.
	problem error
	// work is what the machine waits for; nil where it is the user's turn.
	work *Work
	// offering tells that what is read is that of an answer that is not complete.
	offering bool
	// outcome is what is reviewed, or was, and overtaken what others have changed since it
	// was reviewed before.
	outcome   Outcome
	overtaken *Overtaken
	// command is the command line for the outcome.
	command string
	steps   []admin.Step
	stop    bool
	// report is what came of an execution that has ended.
	ended  bool
	report *Report
}

// New begins a flow. Answers that are given beforehand are taken where they are
// right; the machine stands at the first question that is still open. It returns
// the first effect.
func New(f *Flow, facts Facts, given Answers) (*Machine, Effect) {
	facts.own()
	m := &Machine{begun: f, flow: f.in(facts.Dialect), spoken: facts.Dialect, facts: facts, answers: given.clone(), state: Asking, at: -1}
	return m, m.forward()
}

// Flow returns what is walked through.
func (m *Machine) Flow() *Flow { return m.flow }

// State returns where the flow is.
func (m *Machine) State() State { return m.state }

// Step returns the question that is open while the state is Asking.
func (m *Machine) Step() *Step { return &m.flow.Steps[min(max(m.at, 0), len(m.flow.Steps)-1)] }

// Options of the open question.
func (m *Machine) Options() []Option {
	if s := m.Step(); s.Options != nil {
		return s.Options(m.facts, m.answers)
	}
	return nil
}

// Suggestions are answers to the open question that are likely.
func (m *Machine) Suggestions() []string {
	if s := m.Step(); s.Suggest != nil {
		return s.Suggest(m.facts, m.answers)
	}
	return nil
}

// Suggested are the lines that the open question begins with: the earlier answer,
// else the default.
func (m *Machine) Suggested() []string {
	s := m.Step()
	if had := m.answers.Values[s.ID]; len(had) > 0 {
		return had
	}
	if s.Default != nil {
		return s.Default(m.facts, m.answers)
	}
	return nil
}

// Unanswered says what to do about the open question where nobody can be asked; empty
// where that is to give its flag.
func (m *Machine) Unanswered() string {
	if s := m.Step(); s.Unanswered != nil {
		return s.Unanswered(m.facts, m.answers)
	}
	return ""
}

// Problem is what is wrong with the last answer, or why the last work failed; nil
// where nothing is.
func (m *Machine) Problem() error { return m.problem }

// Steps are those of the execution.
func (m *Machine) Steps() []admin.Step { return m.steps }

// Stopping reports whether the user has asked to stop after the present action.
func (m *Machine) Stopping() bool { return m.stop }

// About says what must be known of what a passphrase is asked for; none where there is
// nothing to say.
func (m *Machine) About(ask port.SecretAsk) []string {
	return secrets.About(ask, m.facts.Practice, m.facts.Folder)
}

// Mark is how far a stage of a flow is.
type Mark struct {
	Label string
	// Past, Here and otherwise still to come.
	Past, Here bool
}

// Number counts the questions up to the open one. How many follow is not known: that
// depends on the answers.
func (m *Machine) Number() int {
	n := 1
	for i := range min(max(m.at, 0), len(m.flow.Steps)) {
		if m.flow.Steps[i].asked(m.facts, m.answers) {
			n++
		}
	}
	return n
}

// Stages lists the stages of the whole flow, for a line above it. They are the same
// whatever is answered.
func (m *Machine) Stages() []Mark {
	asking := Mark{"Questions", m.state != Asking, m.state == Asking}
	if asking.Here {
		asking.Label = "Question " + text.Number(m.Number()) + ": " + m.Step().Label
	}
	out := []Mark{asking}
	reviewing := m.state == Preparing || m.state == Reviewing || m.state == Confirming
	ended := m.state == Done || m.state == Failed || m.state == Stopped
	if !m.flow.AtOnce {
		out = append(out, Mark{"Review", m.state == Executing || ended, reviewing})
	}
	return append(out, Mark{m.flow.Said().Apply, ended, m.state == Executing}, Mark{"Result", false, ended})
}

// forward goes to the next question that applies and is open, or to the outcome. An
// answer that was given beforehand and is right is passed over; one that is wrong
// stops there.
func (m *Machine) forward() Effect {
	for m.at++; m.at < len(m.flow.Steps); m.at++ {
		s := m.Step()
		if !s.asked(m.facts, m.answers) {
			if !s.Late || m.facts.Outcome != nil {
				delete(m.answers.Values, s.ID)
			}
			continue
		}
		given, ok := m.answers.Values[s.ID]
		if !ok && s.Decided != nil && s.Decided(m.facts, m.answers) {
			given = s.Default(m.facts, m.answers)
			if ok = len(given) > 0; ok {
				m.answers.Values[s.ID] = given
			}
		}
		if !ok {
			return None
		}
		if effect := m.missing(s, given); effect != None {
			return effect
		}
		if m.problem = m.check(s); m.problem != nil {
			return None
		}
		if effect := m.inquire(); effect != None {
			return effect
		}
	}
	return m.prepare()
}

// Applies reports whether the question with this ID is one of those that are asked,
// given the answers so far.
func (m *Machine) Applies(id string) bool {
	return slices.ContainsFunc(m.flow.Steps, func(s Step) bool { return s.ID == id && s.asked(m.facts, m.answers) })
}

// last is the index of the last question that applies.
func (m *Machine) last() int {
	for i := len(m.flow.Steps) - 1; i > 0; i-- {
		if m.flow.Steps[i].asked(m.facts, m.answers) {
			return i
		}
	}
	return 0
}

// Back goes to the question before, with the answers as they are; from a review it
// goes to the last question. It reports false at the first question, and where
// something is under way or done.
func (m *Machine) Back() bool {
	switch m.state {
	case Asking:
		before := m.before()
		if before < 0 {
			return false
		}
		m.at, m.problem, m.work, m.offering = before, nil, nil, false
		return true
	case Preparing, Reviewing, Confirming:
		m.at, m.state, m.problem, m.work, m.outcome, m.overtaken = m.last(), Asking, nil, nil, nil, nil
		return true
	default:
		return false
	}
}

// before is the index of the question before the open one; -1 where that is the
// first.
func (m *Machine) before() int {
	for i := min(m.at, len(m.flow.Steps)) - 1; i >= 0; i-- {
		if m.flow.Steps[i].asked(m.facts, m.answers) {
			return i
		}
	}
	return -1
}

// HasBack reports whether there is a question before the open one.
func (m *Machine) HasBack() bool { return m.state == Asking && m.before() >= 0 }
