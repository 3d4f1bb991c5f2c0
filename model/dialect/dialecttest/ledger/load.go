package ledger

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"maps"
	"slices"
	"time"

	"trustdeck/model"
	"trustdeck/model/dialect"
	"trustdeck/model/memory"
)

// load reads the four files of every ledger, then what they delegate to.
type load struct {
	cfg   dialect.Config
	asked map[model.RoleName]bool
	files map[model.RoleName]*file
	raw   map[model.RoleName][]byte
	fault map[model.RoleName]*model.Fault
	look  *memory.Look
}

func newLoad(cfg dialect.Config) *load {
	return &load{
		cfg: cfg, asked: map[model.RoleName]bool{}, files: map[model.RoleName]*file{}, raw: map[model.RoleName][]byte{}, fault: map[model.RoleName]*model.Fault{},
	}
}

func (l *load) Wants() []dialect.Want {
	var out []dialect.Want
	ask := func(role model.RoleName) {
		if !l.asked[role] {
			l.asked[role] = true
			out = append(out, dialect.Want{Role: role, Limit: maxFile})
		}
	}
	for _, role := range model.TopLevelRoles() {
		ask(role)
	}
	for _, role := range slices.Sorted(maps.Keys(l.files)) {
		for _, edge := range l.files[role].Roles {
			ask(edge.Name)
		}
	}
	return out
}

func (l *load) Give(w dialect.Want, raw []byte, _ time.Time, fault *model.Fault) {
	if fault != nil {
		l.fault[w.Role] = fault
		return
	}
	l.raw[w.Role] = raw
	if f, err := parse(w.Role, raw); err == nil {
		l.files[w.Role] = f
	}
}

func (l *load) Raw() map[model.RoleName][]byte { return l.raw }
func (l *load) Absent() bool                   { return len(l.raw) == 0 }
func (l *load) Known() []dialect.KnownRoot     { return nil }
func (l *load) Unlisted() []model.RoleName     { return nil }
func (l *load) Fault() *model.Fault {
	if len(l.raw) > 0 {
		return nil
	}
	return l.fault[model.RoleRoot]
}

func (l *load) Look() (memory.Look, bool) {
	if l.look == nil {
		return memory.Look{}, false
	}
	return *l.look, true
}

func (l *load) Repository() *model.Repository {
	r := &model.Repository{GUN: l.cfg.GUN, Dialect: Name, At: l.cfg.At, Anchor: model.Anchor{Kind: l.cfg.FirstUse}}
	seen := map[model.RoleName]memory.Seen{}
	root := l.files[model.RoleRoot]
	add := func(name model.RoleName, by ...*file) {
		role := l.role(name, by)
		if role.State == model.RoleVerified {
			seen[name] = memory.Seen{Version: role.Version, Digests: []memory.Digest{memory.Digest(sha256.Sum256(l.files[name].payload))}}
		}
		r.Roles = append(r.Roles, role)
	}
	add(model.RoleRoot, root)
	add(model.RoleTargets, root)
	for _, name := range l.delegated() {
		add(name, l.delegators(name)...)
	}
	add(model.RoleSnapshot, root)
	add(model.RoleTimestamp, root)
	l.keys(r)
	if r.Role(model.RoleRoot).State == model.RoleVerified {
		digest := seen[model.RoleRoot].Digests[0]
		l.look = &memory.Look{Root: l.raw[model.RoleRoot], Version: root.Version, Digest: digest, Roles: seen}
	}
	return r
}

// delegated lists the delegations in the order in which they are met, parents first.
func (l *load) delegated() []model.RoleName {
	var out []model.RoleName
	queue := []model.RoleName{model.RoleTargets}
	for len(queue) > 0 {
		f := l.files[queue[0]]
		queue = queue[1:]
		if f == nil {
			continue
		}
		for _, edge := range f.Roles {
			if !slices.Contains(out, edge.Name) {
				out, queue = append(out, edge.Name), append(queue, edge.Name)
			}
		}
	}
	return out
}

func (l *load) delegators(name model.RoleName) []*file {
	var out []*file
	for _, from := range append([]model.RoleName{model.RoleTargets}, l.delegated()...) {
		if f := l.files[from]; f != nil && f.Delegation(name) != nil {
			out = append(out, f)
		}
	}
	return out
}

// role verifies a role: its file must satisfy every edge that leads to it.
func (l *load) role(name model.RoleName, by []*file) model.Role {
	role := model.Role{Name: name, Short: string(name), Online: name == model.RoleTimestamp, State: model.RoleVerified}
	fail := func(code model.ProblemCode, format string, args ...any) {
		role.Problems = append(role.Problems, model.Problem{Code: code, Severity: model.Failure, Role: name, Text: fmt.Sprintf(format, args...)})
	}
	f := l.files[name]
	for i, from := range by {
		if from == nil || from.Delegation(name) == nil {
			continue
		}
		edge := *from.Delegation(name)
		edge.From = from.Role
		role.Parents = append(role.Parents, edge)
		if i == 0 {
			role.Threshold, role.Keys, role.Listed, role.Paths, role.Effective = int(edge.Threshold), edge.KeyIDs, edge.KeyIDs, edge.Paths, edge.Paths
		}
		if f != nil && !met(f, from) {
			role.State = model.RoleBroken
			fail(model.ProblemThreshold, "%s lacks signatures that %s asks for", name, from.Role)
		}
	}
	switch {
	case l.raw[name] == nil && name.Delegation() && l.listed(name) == nil:
		role.State = model.RoleUnpublished
		return role
	case l.raw[name] == nil:
		role.State = model.RoleMissing
		fail(model.ProblemMissing, "there is no file for %s", name)
		return role
	case f == nil || len(role.Parents) == 0:
		role.State = model.RoleUnreadable
		fail(model.ProblemMalformed, "%s is not readable", name)
		return role
	}
	role.Raw, role.SHA256 = l.raw[name], sha256.Sum256(l.raw[name])
	role.Version, role.Expires, role.Targets, role.Meta = f.Version, f.Expires, f.Targets, f.Meta
	role.Delegations = f.Delegations()
	role.Signatures, role.Valid = count(f, by[0].Keys, by[0].Delegation(name))
	if e := l.listed(name); name != model.RoleTimestamp && name != model.RoleRoot && (e == nil || !bytes.Equal(e.Hashes.SHA256, role.SHA256[:])) {
		role.State = model.RoleBroken
		fail(model.ProblemHash, "%s is not the one that is listed", name)
	}
	if role.Expired = f.Expires.Before(l.cfg.At); role.Expired {
		fail(model.ProblemExpired, "%s has expired", name)
	}
	if before, ok := l.cfg.Memory.Roles[name]; ok && f.Version < before.Version {
		role.State = model.RoleBroken
		fail(model.ProblemRollback, "%s is version %d, but version %d was seen before", name, f.Version, before.Version)
	}
	model.SortProblems(role.Problems)
	return role
}

// listed is what the snapshot, or for the snapshot the timestamp, says of a role.
func (l *load) listed(name model.RoleName) *model.MetaEntry {
	in := model.RoleSnapshot
	if name == model.RoleSnapshot {
		in = model.RoleTimestamp
	}
	if f := l.files[in]; f != nil {
		return f.Entry(name)
	}
	return nil
}

// keys lists the keys of all roles, and who the signers are.
func (l *load) keys(r *model.Repository) {
	for i := range r.Roles {
		role := &r.Roles[i]
		for _, id := range role.Keys {
			at := slices.IndexFunc(r.Keys, func(k model.Key) bool { return k.ID == id })
			if at < 0 {
				at = len(r.Keys)
				r.Keys = append(r.Keys, Dialect{}.Describe(l.public(id)))
			}
			r.Keys[at].Roles = append(r.Keys[at].Roles, role.Name)
		}
		if role.Name.Delegation() {
			r.Signers = append(r.Signers, model.Signer{Name: string(role.Name), Role: role.Name, Keys: role.Keys})
		}
	}
	slices.SortFunc(r.Keys, func(a, b model.Key) int { return bytes.Compare([]byte(a.ID), []byte(b.ID)) })
}

func (l *load) public(id model.KeyID) model.PublicKey {
	for _, f := range l.files {
		if k := f.Key(id); k != nil {
			return *k
		}
	}
	return model.PublicKey{ID: id}
}
