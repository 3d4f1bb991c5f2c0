package flow

import (
	"slices"

	"trustdeck/model"
)

// missing is what must be read before an answer can be judged. A name that is none
// is not looked at: judging it will say so.
func (m *Machine) missing(s *Step, given []string) Effect {
	m.pending = nil
	switch s.Kind {
	case File:
		for _, path := range given {
			if _, ok := m.answers.Files[path]; !ok {
				m.pending = append(m.pending, path)
			}
		}
		if len(m.pending) > 0 {
			return Read
		}
	case Repositories:
		for _, name := range given {
			_, err := model.ParseGUN(name)
			if _, ok := m.facts.Repositories[name]; !ok && err == nil && !slices.Contains(m.pending, name) {
				m.pending = append(m.pending, name)
			}
		}
		if len(m.pending) > 0 {
			return Look
		}
	case Text, Choice, List, Several:
	}
	return None
}

// Loaded brings what was read of a path.
func (m *Machine) Loaded(path string, text []byte, err error) Effect {
	return m.came(path, err, func() { m.answers.Files[path] = text })
}

// Looked brings what was read of a repository: nil where it has no trust data.
func (m *Machine) Looked(name string, r *model.Repository, err error) Effect {
	return m.came(name, err, func() { m.facts.Repositories[name] = r })
}

// came takes one of the things that were read; the last one lets the answer be
// judged.
func (m *Machine) came(what string, err error, take func()) Effect {
	if m.state != Asking || !slices.Contains(m.pending, what) {
		return None
	}
	m.pending = slices.DeleteFunc(m.pending, func(p string) bool { return p == what })
	if err != nil {
		m.pending, m.problem, m.offering = nil, err, false
		return None
	}
	take()
	if len(m.pending) > 0 {
		return None
	}
	return m.judge()
}
