package flow

import (
	"fmt"

	"trustdeck/model"
)

// speak has the flow go on in the dialect of the repositories that an answer names: one plan
// changes repositories of one kind.
func (m *Machine) speak(s *Step) error {
	given := m.answers.Values[s.ID]
	if !s.Names || m.facts.Of == nil || len(given) == 0 || given[0] == "" {
		return nil
	}
	d := m.facts.Of(model.GUN(given[0]))
	for _, name := range given[1:] {
		if m.facts.Of(model.GUN(name)) != d {
			return fmt.Errorf("the repositories are of different kinds: %s and %s; change one after the other", given[0], name)
		}
	}
	if d != m.spoken {
		m.spoken, m.facts.Dialect, m.flow = d, d, m.begun.in(d)
	}
	return nil
}
