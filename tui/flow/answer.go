package flow

import "errors"

// Offer takes lines of an answer that is not complete yet: what they name is read and
// checked, and the question stays.
func (m *Machine) Offer(lines []string) Effect {
	if m.state != Asking {
		return None
	}
	s := m.Step()
	m.offering, m.answers.Values[s.ID] = true, lines
	if effect := m.missing(s, lines); effect != None {
		return effect
	}
	return m.judge()
}

// Needed says what is missing where an answer is empty.
func Needed(kind Kind) error {
	switch kind {
	case Several:
		return errors.New("nothing is chosen: choose at least one")
	case File:
		return errors.New("no file is named: type the path of one")
	case Repositories:
		return errors.New("no repository is named: type the name of one")
	case Text, Choice, List:
	}
	return errors.New("an answer is needed here")
}

// Optional reports whether the open question may be left without an answer.
func (m *Machine) Optional() bool { return m.Step().optional(m.facts, m.answers) }

// Described says what a line of the open answer is; nil where nothing is known of it.
func (m *Machine) Described(line string) []string {
	s := m.Step()
	if s.Describe == nil {
		return nil
	}
	return s.Describe(m.facts, m.answers, line)
}

// Refuse says what is wrong with an answer that a front end does not hand over.
func (m *Machine) Refuse(err error) {
	if m.state == Asking {
		m.problem = err
	}
}

// Dismiss takes a problem as read: the answer that it was about is being changed.
func (m *Machine) Dismiss() {
	if m.state == Asking {
		m.problem = nil
	}
}
