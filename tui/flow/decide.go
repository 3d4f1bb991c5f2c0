package flow

// come takes what the answers have come to.
func (m *Machine) come() Effect {
	effect := m.consider(m.flow.Outcome(m.facts, m.answers))
	if m.state == Reviewing && m.flow.AtOnce {
		return m.execute()
	}
	return effect
}

// consider takes an outcome: it is reviewed, unless it raises a question that has no
// answer yet, or a wrong one. Where it raises questions that are answered already, it is
// prepared once more with the answers.
func (m *Machine) consider(o Outcome) Effect {
	decided, raised := m.facts.Outcome != nil, false
	m.facts.Outcome = o
	for i := range m.flow.Steps {
		s := &m.flow.Steps[i]
		switch {
		case !s.Late:
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
	m.outcome, m.state, m.problem = o, Reviewing, nil
	m.command = m.commandLine()
	return None
}

// Outcome is what the flow came to, that is reviewed or was; nil before.
func (m *Machine) Outcome() Outcome { return m.outcome }

// Review says what would be done, for whoever has to accept it.
func (m *Machine) Review() Review { return m.outcome.Review() }

// Verb is what the button says that accepts what is reviewed.
func (m *Machine) Verb() string {
	if o, ok := m.outcome.(Verbed); ok && o.Verb() != "" {
		return o.Verb()
	}
	return m.flow.Verb
}

// Ready reports whether what is reviewed can be done, and says why not.
func (m *Machine) Ready() (ok bool, why string) { return m.outcome.Ready() }

// Idle reports whether what was asked for is so already, and there is nothing to accept.
func (m *Machine) Idle() bool {
	o, ok := m.outcome.(Idle)
	return ok && o.Idle()
}

// Overtaken says what others have changed since it was reviewed before, and that it wants
// to be reviewed again; nil where nobody has.
func (m *Machine) Overtaken() *Overtaken { return m.overtaken }

// Challenge is what must be typed to accept it: yes, or the name of what cannot be taken
// back.
func (m *Machine) Challenge() Challenge {
	if o, ok := m.outcome.(Named); ok && m.flow.Grade == TypeName {
		return o.Challenge()
	}
	return Challenge{Word: "yes"}
}

// Accept accepts what is reviewed. What cannot be taken back must be confirmed as well.
func (m *Machine) Accept() Effect {
	if m.state != Reviewing {
		return None
	}
	if ok, _ := m.Ready(); !ok {
		return None
	}
	if m.Named() {
		m.state = Confirming
		return None
	}
	return m.execute()
}

// Named reports whether a word must be typed to accept it, beside a yes.
func (m *Machine) Named() bool { return m.Challenge().What != "" }

// Confirm executes it where the word is right.
func (m *Machine) Confirm(typed string) Effect {
	if m.state != Confirming || typed != m.Challenge().Word {
		return None
	}
	return m.execute()
}

// Stop asks to stop after the present action while something is executed; in any
// other state it ends the flow, and nothing has been written.
func (m *Machine) Stop() {
	switch m.state {
	case Executing:
		m.stop = true
	case Done, Failed, Stopped:
	default:
		m.state, m.work = Stopped, nil
	}
}

// Ended reports whether an execution has ended, also one that was overtaken.
func (m *Machine) Ended() bool { return m.ended }

// Report says how the flow ended. It is for the states Done, Failed and Stopped.
func (m *Machine) Report() Report {
	if m.report != nil {
		return *m.report
	}
	return Report{Usable: "Nothing was written or changed."}
}

// Repeatable reports whether Again has something to begin with. What was done in part is
// begun anew unless it can be gone on with, and so is what rests on a secret that was asked for.
func (m *Machine) Repeatable() bool {
	r := m.Report()
	return m.outcome != nil && !r.Final && !m.facts.secret() && (r.Stepwise || r.Resumes || len(r.Done) == 0)
}

// Again prepares anew what failed or was stopped, with the same answers. What has been
// done by then is no part of it any more.
func (m *Machine) Again() Effect {
	if m.state != Failed && m.state != Stopped || !m.Repeatable() {
		return None
	}
	m.ended, m.report, m.steps, m.overtaken, m.problem = false, nil, nil, nil, nil
	return m.prepare()
}
