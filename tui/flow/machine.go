package flow

import (
	"maps"
	"slices"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/plan"
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

// Effect is work that a front end must do now, and bring back what came of it.
type Effect string

// The effects.
const (
	// None: it is the user's turn.
	None Effect = ""
	// Read the files of the answer, and call Loaded.
	Read Effect = "read"
	// Look at the repositories of the answer, and call Looked.
	Look Effect = "look"
	// Inquire what Inquiry wants to know, and call Inquired.
	Inquire Effect = "inquire"
	// Prepare the plan from Asked, and call Prepared.
	Prepare Effect = "prepare"
	// Execute the plan, call Progress as it goes, and Executed at the end; or do the
	// Job, and call Finished.
	Execute Effect = "execute"
)

// Machine is a flow that is being walked through. It is a value of its owner: it
// is not safe for concurrent use.
type Machine struct {
	flow    *Flow
	facts   Facts
	answers Answers
	at      int
	state   State
	// problem is what is wrong with the last answer, or why the last work failed.
	problem error
	asked   []admin.Asked
	plan    *plan.Plan
	// moved says what others changed since the plan that was reviewed before.
	moved   []admin.Moved
	steps   []admin.Step
	stop    bool
	outcome *admin.Outcome
	// pending are the paths or names that are being read; offering tells that they are
	// those of an answer that is not complete.
	pending  []string
	offering bool
	// inquiry is what must be known before the flow goes on; nil where nothing is.
	inquiry Inquiry
	// job is what the flow came to where that is no plan, and report how it ended.
	job    Job
	report *Report
}

// New begins a flow. Answers that are given beforehand are taken where they are
// right; the machine stands at the first question that is still open. It returns
// the first effect.
func New(f *Flow, facts Facts, given Answers) (*Machine, Effect) {
	facts.Repositories = maps.Clone(facts.Repositories)
	if facts.Repositories == nil {
		facts.Repositories = map[string]*model.Repository{}
	}
	m := &Machine{flow: f, facts: facts, answers: given.clone(), state: Asking, at: -1}
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

// Plan is what was prepared; nil before.
func (m *Machine) Plan() *plan.Plan { return m.plan }

// Moved says what others have changed since the plan that was reviewed before; a
// plan that has it wants to be reviewed again.
func (m *Machine) Moved() []admin.Moved { return m.moved }

// Asked is what the answers ask for, for the effect Prepare.
func (m *Machine) Asked() []admin.Asked { return m.asked }

// Pending are the paths to read, for the effect Read, or the repositories to look
// at, for the effect Look.
func (m *Machine) Pending() []string { return m.pending }

// Steps are those of the execution.
func (m *Machine) Steps() []admin.Step { return m.steps }

// Outcome is what the execution came to; nil before.
func (m *Machine) Outcome() *admin.Outcome { return m.outcome }

// Stopping reports whether the user has asked to stop after the present action.
func (m *Machine) Stopping() bool { return m.stop }

// Mark is how far a step of the list is.
type Mark struct {
	Label string
	// Past, Here and otherwise still to come.
	Past, Here bool
}

// Marks lists the steps of the whole flow, for a line above it.
func (m *Machine) Marks() []Mark {
	var out []Mark
	for i := range m.flow.Steps {
		s := &m.flow.Steps[i]
		if s.asked(m.facts, m.answers) {
			out = append(out, Mark{s.Label, m.state != Asking || i < m.at, m.state == Asking && i == m.at})
		}
	}
	reviewing := m.state == Preparing || m.state == Reviewing || m.state == Confirming
	ended := m.state == Done || m.state == Failed || m.state == Stopped
	apply := "Apply"
	if m.flow.Job != nil {
		apply = m.flow.Verb
	}
	if !m.flow.AtOnce {
		out = append(out, Mark{"Review", m.state == Executing || ended, reviewing})
	}
	return append(out, Mark{apply, ended, m.state == Executing}, Mark{"Result", false, ended})
}

// forward goes to the next question that applies and is open, or to the plan. An
// answer that was given beforehand and is right is passed over; one that is wrong
// stops there.
func (m *Machine) forward() Effect {
	for m.at++; m.at < len(m.flow.Steps); m.at++ {
		s := m.Step()
		if !s.asked(m.facts, m.answers) {
			if !s.FromPlan || m.facts.Planned {
				delete(m.answers.Values, s.ID)
			}
			continue
		}
		given, ok := m.answers.Values[s.ID]
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

func (m *Machine) prepare() Effect {
	if m.flow.Job != nil {
		return m.prepareJob()
	}
	asked, err := m.flow.Changes(m.facts, m.answers)
	if err != nil {
		m.problem, m.at = err, m.last()
		return None
	}
	m.asked, m.state, m.problem = asked, Preparing, nil
	return Prepare
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
		m.at, m.problem, m.pending, m.inquiry, m.offering = before, nil, nil, nil, false
		return true
	case Preparing, Reviewing, Confirming:
		m.at, m.state, m.problem, m.plan, m.moved, m.job, m.inquiry = m.last(), Asking, nil, nil, nil, nil, nil
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
