package screen

import (
	"slices"
)

// Setup holds the settings of a run and the changes that have been made in it
// and not saved. It outlives the settings screen and belongs to Update.
type Setup struct {
	port Settings
	run  Resolved
	next Resolved
	// draft is in the order of the first change of each setting.
	draft []Change
}

// NewSetup takes the settings of the run; port may be nil where none are known.
func NewSetup(port Settings) *Setup {
	s := &Setup{port: port}
	if port != nil {
		s.run = port.Run()
		s.next = s.run
	}
	return s
}

// Port is where settings are checked and saved; nil where they are not known.
func (s *Setup) Port() Settings { return s.port }

// Run are the settings with which this run began.
func (s *Setup) Run() Resolved { return s.run }

// Next are the settings of a run with the draft in config.toml, as far as they
// have been worked out.
func (s *Setup) Next() Resolved { return s.next }

// Draft lists the changes that are not saved. The caller must not change it.
func (s *Setup) Draft() []Change { return s.draft }

// Changed finds the change of a setting.
func (s *Setup) Changed(id SettingID) (Change, bool) {
	i := s.find(id)
	if i < 0 {
		return Change{}, false
	}
	return s.draft[i], true
}

// Change puts a change into the draft.
func (s *Setup) Change(c Change) {
	if i := s.find(c.ID); i >= 0 {
		s.draft[i] = c
		return
	}
	s.draft = append(s.draft, c)
}

// Undo takes the change of a setting out of the draft.
func (s *Setup) Undo(id SettingID) {
	s.draft = slices.DeleteFunc(s.draft, func(c Change) bool { return c.ID == id })
}

// Saved empties the draft: the file says all of it.
func (s *Setup) Saved() { s.draft = nil }

// Take keeps what a run would use from now on, and returns what that changes at
// once; nil where nothing does.
func (s *Setup) Take(next Resolved) *LookMsg {
	before := s.next.Look
	s.next = next
	if before == next.Look {
		return nil
	}
	return &LookMsg{From: before, To: next.Look}
}

func (s *Setup) find(id SettingID) int {
	return slices.IndexFunc(s.draft, func(c Change) bool { return c.ID == id })
}
