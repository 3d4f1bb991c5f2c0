package screen

import (
	"slices"

	tea "charm.land/bubbletea/v2"

	"trustdeck/model"
	"trustdeck/tui/flows"
	"trustdeck/tui/keymap"
	"trustdeck/tui/nav"
)

// Subject is what is selected where a guided change begins. Each part may be
// empty.
type Subject struct {
	// GUNs are the repositories; a change that is about one takes no others.
	GUNs []model.GUN
	Role model.RoleName
	// Online is true where a server signs the role.
	Online bool
	// Signer is the name of a signer: "alice".
	Signer string
	// Keys are private keys of this machine.
	Keys []model.KeyID
}

// About is the subject that is a role of a repository. Where it is the role of a
// signer, it is the signer too.
func (e *Env) About(gun model.GUN, role model.RoleName) Subject {
	dialect := e.DialectOf(gun)
	s := Subject{Role: role, Online: slices.Contains(dialect.Online(), role)}
	if gun != "" {
		s.GUNs = []model.GUN{gun}
	}
	s.Signer, _ = dialect.SignerOf(role)
	return s
}

// begins names the flow that an action begins, and the answers that the subject
// gives to it.
var begins = map[keymap.ID]struct {
	flow  string
	given func(Subject, map[string][]string)
}{
	keymap.BeginInit:         {"init", nothing},
	keymap.BeginSignerAdd:    {"signer-add", nothing},
	keymap.BeginSignerRemove: {"signer-remove", ofSigner},
	keymap.BeginOffBoard:     {"off-board", nothing},
	keymap.BeginRenew:        {"renew", renewed},
	keymap.BeginWitness:      {"witness", witnessed},
	keymap.BeginRotate:       {"rotate", rotated},
	keymap.BeginBackup:       {"backup-create", backedUp},
	keymap.BeginBackupCheck:  {"backup-check", nothing},
	keymap.BeginRestore:      {"backup-restore", nothing},
}

// backedUp marks what is selected, and leaves open whether all is meant.
func backedUp(s Subject, given map[string][]string) {
	if guns := given["repositories"]; guns != nil {
		given[flows.SelectedRepositories] = guns
		delete(given, "repositories")
	}
	for _, id := range s.Keys {
		given[flows.SelectedKeys] = append(given[flows.SelectedKeys], string(id))
	}
}

func nothing(Subject, map[string][]string) {}

func ofSigner(s Subject, given map[string][]string) { put(given, "name", s.Signer) }

// renewed takes the role, unless it is root: in a list that is selected before anybody
// has chosen, and which roles are meant is asked.
func renewed(s Subject, given map[string][]string) {
	if !s.Online && s.Role != model.RoleRoot {
		put(given, "roles", string(s.Role))
	}
}

func witnessed(s Subject, given map[string][]string) {
	if s.Role == model.RoleTargets || s.Role.Delegation() {
		put(given, "roles", string(s.Role))
	}
}

// rotated selects the role, and leaves open whether it is meant: in a list the first one
// is selected before anybody has chosen, and that is root.
func rotated(s Subject, given map[string][]string) {
	put(given, flows.SelectedRole, string(s.Role))
}

func put(given map[string][]string, id, value string) {
	if value != "" {
		given[id] = []string{value}
	}
}

// Changes are actions that begin guided changes, on condition that what they change
// can be changed here.
func (e *Env) Changes(ids ...keymap.ID) []keymap.Action {
	out := keymap.Get(ids...)
	for i, a := range out {
		out[i] = a.Given(func() (bool, string) { return e.Flows.Offers(begins[a.ID].flow), e.Fixed })
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
	given := map[string][]string{}
	for _, gun := range s.GUNs {
		given["repositories"] = append(given["repositories"], string(gun))
	}
	b.given(s, given)
	return Send(nav.PushMsg{Route: nav.Flow(b.flow, given)})
}
