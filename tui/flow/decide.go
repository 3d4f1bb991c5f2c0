package flow

import (
	"errors"
	"fmt"
	"slices"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/plan"
)

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
