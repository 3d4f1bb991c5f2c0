package flow

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

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
	if !s.Late {
		m.facts.Outcome = nil // another answer may come to another one
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

func (m *Machine) check(s *Step) error {
	if err := m.speak(s); err != nil {
		return err
	}
	s = &m.flow.Steps[slices.IndexFunc(m.flow.Steps, func(o Step) bool { return o.ID == s.ID })]
	given := m.answers.Values[s.ID]
	if s.Kind.Picked() && s.None != nil && len(s.Options(m.facts, m.answers)) == 0 {
		return s.None(m.facts, m.answers)
	}
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
				return fmt.Errorf("%q is not one of the choices: %s", value, choices(options))
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
	if len(options) == 0 {
		return "there are none here"
	}
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
		return errors.New("choose at least one")
	case File:
		return errors.New("type the path of a file")
	case Repositories:
		return errors.New("type the name of a repository")
	case Text, Choice, List:
	}
	return errors.New("this question needs an answer")
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
