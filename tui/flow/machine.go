package flow

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

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

// Answer takes what was typed or chosen. Where it is wrong, Problem says why and
// the question stays.
func (m *Machine) Answer(typed string) Effect {
	if m.state != Asking {
		return None
	}
	s := m.Step()
	m.offering = false
	given := lines(s.Kind, typed)
	if len(given) == 0 || given[0] == "" {
		if given = nil; s.Default != nil {
			given = s.Default(m.facts, m.answers)
		}
	}
	m.answers.Values[s.ID] = given
	if !s.FromPlan {
		m.facts.Planned, m.facts.Plan = false, nil // another answer may make another plan
	}
	if effect := m.missing(s, given); effect != None {
		return effect
	}
	return m.judge()
}

// judge checks the present answer and goes on where it is right and complete.
func (m *Machine) judge() Effect {
	offered := m.offering
	m.offering = false
	if m.problem = m.check(m.Step()); m.problem != nil || offered {
		return None
	}
	if effect := m.inquire(); effect != None {
		return effect
	}
	return m.forward()
}

// inquire is what must be found out once an answer is right.
func (m *Machine) inquire() Effect {
	s := m.Step()
	if s.Inquire == nil || len(m.answers.Values[s.ID]) == 0 {
		return None
	}
	if m.inquiry = s.Inquire(m.facts, m.answers); m.inquiry == nil {
		return None
	}
	return Inquire
}

func (m *Machine) check(s *Step) error {
	given := m.answers.Values[s.ID]
	if len(given) == 0 || given[0] == "" {
		switch {
		case !s.Optional:
			return Needed(s.Kind)
		case s.Needed != nil:
			return s.Needed(m.facts, m.answers)
		}
		return nil
	}
	if s.Resolve != nil {
		meant, err := s.Resolve(m.facts, m.answers)
		if err != nil {
			return err
		}
		m.answers.Values[s.ID], given = meant, meant
	}
	if s.Kind.Picked() {
		options := s.Options(m.facts, m.answers)
		for _, value := range given {
			if !slices.ContainsFunc(options, func(o Option) bool { return o.Value == value }) {
				return fmt.Errorf("%q is none of the choices: %s", value, choices(options))
			}
		}
	}
	if s.Check == nil {
		return nil
	}
	return s.Check(m.facts, m.answers)
}

// maxChoices is how many choices a refusal lists.
const maxChoices = 8

func choices(options []Option) string {
	var out []string
	for i, o := range options {
		if i == maxChoices {
			out = append(out, fmt.Sprintf("and %d more", len(options)-i))
			break
		}
		out = append(out, o.Value)
	}
	return strings.Join(out, ", ")
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

// Prepared brings the plan, or why there is none. Where it raises questions that are
// answered already, it is prepared once more with the answers.
func (m *Machine) Prepared(p *plan.Plan, err error) Effect {
	if m.state != Preparing {
		return None
	}
	if err != nil {
		m.at, m.state, m.problem = m.last(), Asking, err
		return None
	}
	return m.consider(p)
}

// consider takes a plan: it is reviewed, unless it raises a question that has no answer
// yet, or a wrong one.
func (m *Machine) consider(p *plan.Plan) Effect {
	decided, raised := m.facts.Planned, false
	m.facts.Planned, m.facts.Plan = true, p
	for i := range m.flow.Steps {
		s := &m.flow.Steps[i]
		switch {
		case !s.FromPlan:
			continue
		case !s.asked(m.facts, m.answers):
			delete(m.answers.Values, s.ID)
			continue
		}
		m.at, raised = i, true
		if _, answered := m.answers.Values[s.ID]; !answered {
			m.state, m.problem = Asking, nil
			return None
		}
		if m.problem = m.check(s); m.problem != nil {
			m.state = Asking
			return None
		}
	}
	if raised && !decided {
		return m.prepare()
	}
	m.plan, m.state, m.problem = p, Reviewing, nil
	return None
}

// Ready reports whether the plan that is reviewed can be executed, and says why
// not.
func (m *Machine) Ready() (ok bool, why string) {
	if m.job != nil {
		return m.job.Ready()
	}
	v := m.plan.Verdict()
	return v.State == plan.Ready, v.Text
}

// Accept accepts the plan that is reviewed. What cannot be taken back must be
// confirmed as well.
func (m *Machine) Accept() Effect {
	if m.state != Reviewing {
		return None
	}
	if ok, _ := m.Ready(); !ok {
		return None
	}
	if m.flow.Grade == TypeName {
		m.state = Confirming
		return None
	}
	return m.execute()
}

// Word is what must be typed to confirm.
func (m *Machine) Word() string { return Word(m.plan) }

// Word is what must be typed to confirm a plan of the grade TypeName: the name of the
// repository, or their number where there are several.
func Word(p *plan.Plan) string {
	if len(p.Parts) == 1 {
		return string(p.Parts[0].GUN)
	}
	return fmt.Sprint(len(p.Parts))
}

// Confirm executes the plan where the word is right.
func (m *Machine) Confirm(typed string) Effect {
	if m.state != Confirming || typed != m.Word() {
		return None
	}
	return m.execute()
}

func (m *Machine) execute() Effect {
	m.state, m.stop = Executing, false
	if m.job != nil {
		m.steps = m.job.Steps()
	} else {
		m.steps = admin.Steps(m.plan)
	}
	return Execute
}

// Again plans anew after a change that failed or was stopped, with the same answers.
// What has been published by then is no part of the new plan.
func (m *Machine) Again() Effect {
	if m.state != Failed && m.state != Stopped || !m.Repeatable() {
		return None
	}
	m.outcome, m.report, m.steps, m.moved, m.problem = nil, nil, nil, nil, nil
	return m.prepare()
}

// Stop asks to stop after the present action while a plan is executed; in any
// other state it ends the flow, and nothing has been written.
func (m *Machine) Stop() {
	switch m.state {
	case Executing:
		m.stop = true
	case Done, Failed, Stopped:
	default:
		m.state = Stopped
	}
}

// Progress brings the steps of the execution as they are now.
func (m *Machine) Progress(steps []admin.Step) {
	if m.state == Executing {
		m.steps = steps
	}
}

// Executed brings what the execution came to. Where somebody else has published
// meanwhile, the plan as it is now is reviewed again.
func (m *Machine) Executed(out *admin.Outcome, err error) {
	if m.state != Executing {
		return
	}
	m.outcome = out
	var stale *admin.StalePlan
	switch {
	case err == nil:
		m.state, m.problem = Done, nil
	case errors.As(err, &stale) && stale.Now != nil && !published(out):
		m.moved = stale.Moved
		m.consider(stale.Now)
	case out.Stopped || model.KindOf(err) == model.FaultCanceled:
		m.state, m.problem = Stopped, err
	default:
		m.state, m.problem = Failed, err
	}
}

func published(out *admin.Outcome) bool {
	return slices.ContainsFunc(out.Parts, func(p admin.PartOutcome) bool { return p.Published || p.Doubtful })
}
