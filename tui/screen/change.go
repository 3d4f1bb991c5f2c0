package screen

import (
	"context"
	"maps"
	"slices"

	tea "charm.land/bubbletea/v2"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/dialect"
	"trustdeck/tui/flow"
	"trustdeck/tui/flows"
	"trustdeck/tui/keymap"
	"trustdeck/tui/nav"
)

// Subject is what is selected where a guided change begins. Each part may be
// empty.
type Subject struct {
	// GUNs are the repositories.
	GUNs []model.GUN
	Role model.RoleName
	// Online is true where a server signs the role.
	Online bool
	// Roles are the roles where several are marked: Role is empty then.
	Roles []model.RoleName
	// Signers are names of signers: "alice".
	Signers []string
	// Off says why the change cannot begin with what is selected; empty where it can.
	Off string
	// Leavers are people who may be leaving: names, IDs of keys, or NAME@KEY.
	Leavers []string
	// Keys are private keys of this machine.
	Keys []model.KeyID
	// Staged are the numbers of staged changes.
	Staged []string
	// Token is the serial number of a token, and Slot the number of one of its slots.
	Token, Slot string
	// File is the file of a ceremony.
	File string
	// Tags are names of targets, and Marked tells that they were chosen one by one.
	Tags   []string
	Marked bool
}

// About is the subject that is a role of a repository. Where it is the role of a
// signer, it is the signer too.
func (e *Env) About(gun model.GUN, role model.RoleName) Subject {
	format := e.DialectOf(gun)
	s := Subject{Role: role, Online: slices.Contains(format.Online(), role)}
	if gun != "" {
		s.GUNs = []model.GUN{gun}
	}
	if name, ok := format.SignerOf(role); ok {
		s.Signers = []string{name}
	}
	return s
}

// AboutRoles is the subject that is several roles of a repository, or one.
func (e *Env) AboutRoles(gun model.GUN, roles []model.RoleName) Subject {
	if len(roles) == 1 {
		return e.About(gun, roles[0])
	}
	s := e.About(gun, "")
	s.Roles = roles
	for _, role := range roles {
		s.Signers = append(s.Signers, e.About(gun, role).Signers...)
	}
	return s
}

// begins names the flow that an action begins, and the answers that the subject
// gives to it.
var begins = map[keymap.ID]struct {
	flow  string
	given func(Subject, map[string][]string)
	// publishes is true where repositories are changed.
	publishes bool
}{
	keymap.BeginInit:            {"init", nothing, true},
	keymap.BeginSignerAdd:       {"signer-add", nothing, true},
	keymap.BeginSignerRemove:    {"signer-remove", ofSigner, true},
	keymap.BeginOffBoard:        {"off-board", leaving, true},
	keymap.BeginRenew:           {"renew", renewed, true},
	keymap.BeginRenewAll:        {"renew", renewedAll, true},
	keymap.BeginWitness:         {"witness", witnessed, true},
	keymap.BeginCountersign:     {"countersign", nothing, true},
	keymap.BeginRotate:          {"rotate", rotated, true},
	keymap.BeginRestate:         {"restate", nothing, true},
	keymap.BeginDelegate:        {"delegation-add", nothing, true},
	keymap.BeginEdit:            {"delegation-edit", rotated, true},
	keymap.BeginUndelegate:      {"delegation-remove", undelegated, true},
	keymap.BeginPurge:           {"delegation-purge", nothing, true},
	keymap.BeginThreshold:       {"threshold", rotated, true},
	keymap.BeginBackup:          {"backup-create", backedUp, false},
	keymap.BeginBackupCheck:     {"backup-check", nothing, false},
	keymap.BeginRestore:         {"backup-restore", nothing, false},
	keymap.BeginKeyGenerate:     {"key-generate", nothing, false},
	keymap.BeginKeyExport:       {"key-export", backedUp, false},
	keymap.BeginKeyImport:       {"key-import", nothing, false},
	keymap.BeginPassphrase:      {"key-passphrase", backedUp, false},
	keymap.BeginKeyRename:       {"key-rename", backedUp, false},
	keymap.BeginKeyRemove:       {"key-remove", backedUp, false},
	keymap.BeginConnect:         {"connect", nothing, false},
	keymap.BeginTokenPIN:        {"token-pin", ofToken, false},
	keymap.BeginCeremonySign:    {"ceremony-sign", ofCeremony, false},
	keymap.BeginCeremonyMerge:   {"ceremony-merge", ofCeremony, false},
	keymap.BeginCeremonyPublish: {"ceremony-publish", ofCeremony, false},
	keymap.BeginCeremonyStart:   {"ceremony-start", started, true},
	keymap.BeginCeremonyAsk:     {"ceremony-request", nothing, false},
	keymap.BeginTokenReplace:    {"token-replace", ofToken, true},
	keymap.BeginTokenMake:       {"token-generate", ofToken, false},
	keymap.BeginTokenImport:     {"token-import", ofSlot, false},
	keymap.BeginTokenCert:       {"token-certificate", ofSlot, false},
	keymap.BeginPublish:         {"publish", ofStaged, true},
	keymap.BeginReset:           {"reset", ofStaged, false},
	keymap.BeginDelete:          {"delete", ofOne, true},
	keymap.BeginSign:            {"sign", marked, true},
	keymap.BeginRevoke:          {"revoke", revoked, true},
	keymap.BeginCopyTag:         {"copy", copied, true},
	keymap.BeginTargetAdd:       {"target-add", nothing, true},
}

// Begun reports whether an action begins the flow with this ID.
func Begun(flow string) bool {
	for _, b := range begins {
		if b.flow == flow {
			return true
		}
	}
	return false
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

// ofCeremony is about the ceremony that is open.
func ofCeremony(s Subject, given map[string][]string) { put(given, flows.CeremonyFile, s.File) }

// started is about the root of one repository, not about a saved plan.
func started(s Subject, given map[string][]string) {
	ofOne(s, given)
	if given["repositories"] != nil {
		given[flows.CeremonyPlan] = []string{""}
	}
}

// ofToken selects a token, and leaves open whether it is meant.
func ofToken(s Subject, given map[string][]string) { put(given, flows.SelectedToken, s.Token) }

// ofSlot selects a token and a slot of it.
func ofSlot(s Subject, given map[string][]string) {
	ofToken(s, given)
	put(given, flows.SelectedSlot, s.Slot)
}

// ofStaged takes the first repository: staged changes are handled in one at a time. Which are
// meant is asked, with those that are selected.
func ofStaged(s Subject, given map[string][]string) {
	ofOne(s, given)
	if len(s.Staged) > 0 {
		given[flows.SelectedStaged] = s.Staged
	}
}

// ofOne is for a flow that is about one repository.
func ofOne(_ Subject, given map[string][]string) {
	if guns := given["repositories"]; len(guns) > 1 {
		given["repositories"] = guns[:1]
	}
}

// marked takes the tags that are marked: the selected one is signed already.
func marked(s Subject, given map[string][]string) {
	if s.Marked {
		given[flows.Tags] = s.Tags
	}
}

func revoked(s Subject, given map[string][]string) {
	if len(s.Tags) > 0 {
		given[flows.Tags] = s.Tags
	}
}

// copied copies the selected tag.
func copied(s Subject, given map[string][]string) {
	if len(s.Tags) == 1 {
		given[flows.CopySource] = s.Tags
	}
}

func nothing(Subject, map[string][]string) {}

func ofSigner(s Subject, given map[string][]string) {
	if len(s.Signers) > 0 {
		given["name"] = s.Signers
	}
}

// leaving marks those who are selected, and leaves open whether they are meant.
func leaving(s Subject, given map[string][]string) {
	if len(s.Leavers) > 0 {
		given[flows.SelectedLeavers] = s.Leavers
	} else if len(s.Signers) > 0 {
		given[flows.SelectedLeavers] = s.Signers
	}
}

// renewed takes the role, unless it is root: in a list that is selected before anybody
// has chosen, and which roles are meant is asked.
func renewed(s Subject, given map[string][]string) {
	if len(s.Roles) > 0 {
		given["roles"] = model.Retype[string](s.Roles)
	} else if !s.Online && s.Role != model.RoleRoot {
		put(given, "roles", string(s.Role))
	}
}

// renewedAll is about all repositories, whichever is selected.
func renewedAll(_ Subject, given map[string][]string) {
	delete(given, "repositories")
	id, answer := flows.RenewsAll()
	given[id] = []string{answer}
}

func witnessed(s Subject, given map[string][]string) {
	if len(s.Roles) > 0 {
		given["roles"] = model.Retype[string](s.Roles)
	} else if s.Role == model.RoleTargets || s.Role.Delegation() {
		put(given, "roles", string(s.Role))
	}
}

// undelegated takes the roles that are delegations.
func undelegated(s Subject, given map[string][]string) {
	for _, role := range append(slices.Clone(s.Roles), s.Role) {
		if role.Delegation() {
			given["roles"] = append(given["roles"], string(role))
		}
	}
}

// rotated selects the role, and leaves open whether it is meant: in a list the first one
// is selected before anybody has chosen, and that is root.
func rotated(s Subject, given map[string][]string) {
	put(given, flows.SelectedRole, string(s.Role))
}

// Unchosen are answers without those that come of the selected repository.
func Unchosen(given map[string][]string) map[string][]string {
	out := maps.Clone(given)
	delete(out, "repositories")
	delete(out, flows.SelectedRepositories)
	return out
}

func put(given map[string][]string, id, value string) {
	if value != "" {
		given[id] = []string{value}
	}
}

// onlyLooked says why a repository is not offered to be changed.
const onlyLooked = "repositories of this kind are read-only"

// Changes are actions that begin guided changes, on condition that what they change
// can be changed: here, and in a dialect that is written.
func (e *Env) Changes(about func(keymap.ID) Subject, ids ...keymap.ID) []keymap.Action {
	out := keymap.Get(ids...)
	for i, a := range out {
		out[i] = a.Given(func() (bool, string) {
			b := begins[a.ID]
			if !e.Flows.Offers(b.flow) {
				return false, e.Fixed
			}
			subject := about(a.ID)
			guns := subject.GUNs
			if a.ID == keymap.BeginRenewAll {
				guns = nil // it is about all, whichever is selected
			}
			switch {
			case subject.Off != "":
				return false, subject.Off
			case a.ID == keymap.BeginRotate && len(subject.Roles) > 0:
				return false, "one role at a time: unmark the others"
			case a.ID == keymap.BeginCopyTag && len(subject.Tags) > 1:
				return false, "one at a time: unmark the others"
			}
			return !b.publishes || len(guns) == 0 || slices.ContainsFunc(guns, e.writable), onlyLooked
		})
	}
	return out
}

// writable reports whether repositories like this one can be changed.
func (e *Env) writable(gun model.GUN) bool {
	_, ok := e.DialectOf(gun).(dialect.Writable)
	return ok
}

// alike are those of some repositories that one plan can change: of one kind, which is the
// usual one where any of them is of that.
func (e *Env) alike(guns []model.GUN) []model.GUN {
	kinds := map[dialect.Dialect][]model.GUN{}
	for _, gun := range guns {
		if e.writable(gun) {
			kinds[e.DialectOf(gun)] = append(kinds[e.DialectOf(gun)], gun)
		}
	}
	if usual := kinds[e.DialectOf("")]; len(usual) > 0 {
		return usual
	}
	for _, gun := range guns {
		if same := kinds[e.DialectOf(gun)]; len(same) > 0 {
			return same
		}
	}
	return nil
}

// Begin goes to the guided change that an action stands for, without the repositories
// that cannot be changed, or not together with the others; nil where it stands for none.
func (e *Env) Begin(id keymap.ID, s Subject) tea.Cmd {
	b, ok := begins[id]
	if !ok {
		return nil
	}
	given := map[string][]string{}
	guns := s.GUNs
	if b.publishes {
		guns = e.alike(guns)
	}
	if len(guns) > 0 {
		given["repositories"] = model.Retype[string](guns)
	}
	b.given(s, given)
	return Send(nav.PushMsg{Route: nav.Flow(b.flow, given)})
}

// Facts are what a flow knows before its first question, and which repositories list the
// private keys here, as the screens show them now. What it returns is called in the background.
func (e *Env) Facts(of flow.Source) func(context.Context) (flow.Facts, error) {
	views := e.Board.Views()
	return func(ctx context.Context) (flow.Facts, error) {
		out, err := of.Facts(ctx)
		out.Lists = nil
		if err != nil || len(views) == 0 || len(out.Keys) == 0 {
			return out, err
		}
		keys, _ := e.Source.Keys(ctx, views) // a key that can't be read is missed where it is needed
		listing := admin.Listing(keys)
		out.Lists = func(id model.KeyID) []model.GUN { return listing[id] }
		return out, nil
	}
}
