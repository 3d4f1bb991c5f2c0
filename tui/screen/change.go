package screen

import (
	tea "charm.land/bubbletea/v2"

	"trustdeck/model"
	"trustdeck/tui/keymap"
	"trustdeck/tui/nav"
)

// Subject is what is selected where a guided change begins. Each part may be
// empty.
type Subject struct {
	GUN  model.GUN
	Role model.RoleName
	// Signer is the name of a signer: "alice".
	Signer string
}

// begins names the flow that an action begins, and the answers that the subject
// gives to it.
var begins = map[keymap.ID]struct {
	flow  string
	given func(Subject) map[string][]string
}{
	keymap.BeginInit:      {"init", ofRepository},
	keymap.BeginSignerAdd: {"signer-add", ofRepository},
}

func ofRepository(s Subject) map[string][]string {
	return given("repositories", string(s.GUN))
}

func given(id, value string) map[string][]string {
	if value == "" {
		return map[string][]string{}
	}
	return map[string][]string{id: {value}}
}

// Changes are actions that begin guided changes, on condition that anything can be
// changed here.
func (e *Env) Changes(ids ...keymap.ID) []keymap.Action {
	out := keymap.Get(ids...)
	for i, a := range out {
		out[i] = a.Given(func() (bool, string) { return e.Flows != nil, e.Fixed })
	}
	return out
}

// Begin goes to the guided change that an action stands for; nil where it stands
// for none.
func Begin(id keymap.ID, s Subject) tea.Cmd {
	b, ok := begins[id]
	if !ok {
		return nil
	}
	return Send(nav.PushMsg{Route: nav.Flow(b.flow, b.given(s))})
}
