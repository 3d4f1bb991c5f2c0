package notary

import (
	"trustdeck/model"
	"trustdeck/model/dialect"
	"trustdeck/model/memory"
)

// A sight is what a verification has found genuine, for the memory.
type sight struct {
	// accepted is the root, where it is trusted; nil elsewhere.
	accepted *entry
	// disputed is set where what is known of the root contradicts itself, or cannot
	// be read: nothing may be remembered then.
	disputed bool
	roles    map[model.RoleName]memory.Seen
	// listed is the version of the snapshot, where it verified; 0 elsewhere.
	listed int64
}

// Look returns what Repository has verified, to be remembered; ok is false where the
// root is refused or in dispute, and nothing may be.
func (l *Load) Look() (look memory.Look, ok bool) {
	if l.sight == nil || l.sight.accepted == nil || l.sight.disputed {
		return look, false
	}
	root := l.sight.accepted
	look = memory.Look{Root: root.raw, Version: root.file.Version, Digest: root.digest(), Roles: l.sight.roles}
	look.Roles[model.RoleRoot] = memory.Seen{Version: look.Version, Digests: []memory.Digest{look.Digest}}
	if basis, known := l.cfg.Memory.RootDigest(); known {
		look.Basis = basis
	}
	return look, true
}

// recall compares a role with what is remembered of it, and notes what may be
// remembered. Versions are compared by themselves, whichever keys sign now: a server
// never gives a role a lower one. That the content of a version is another one counts
// only where both are genuine.
func (v *verification) recall(role *model.Role, e *entry) {
	if role.Version == 0 {
		return
	}
	digest := e.digest()
	genuine := role.State == model.RoleVerified
	switch before, ok := v.cfg.Memory.Roles[role.Name]; {
	case !ok:
	case role.Version < before.Version:
		add(role, model.ProblemRollback, model.Failure, "%s is version %d, but version %d was seen before", role.Name, role.Version, before.Version)
	case genuine && role.Version == before.Version && !before.Knows(digest):
		add(role, model.ProblemEquivocation, model.Failure, "%s has two validly signed contents for version %d: a different one was seen before", role.Name, role.Version)
	}
	if genuine {
		v.seen.roles[role.Name] = memory.Seen{Version: role.Version, Digests: []memory.Digest{digest}, Listed: v.seen.listed}
	}
	v.conclude(role)
}

// recallDropped looks whether a delegation without a file has had one that its parent
// has not taken back.
func (v *verification) recallDropped(role *model.Role, sound bool) {
	before, ok := v.cfg.Memory.Roles[role.Name]
	if !ok || !sound || !before.Dropped() {
		return
	}
	role.State = model.RoleMissing
	add(role, model.ProblemDropped, model.Failure, "version %d of %s was seen before, but the snapshot no longer lists it", before.Version, role.Name)
}

// snapshotVersion is the version by which it is counted when a role was listed.
func (v *verification) snapshotVersion(snapshot *model.Role) int64 {
	if snapshot.State != model.RoleVerified {
		return 0
	}
	return snapshot.Version
}

// noteRemoved notes remembered delegations that a verified parent no longer has, or
// whose parent is itself removed.
func (v *verification) noteRemoved() {
	if v.seen.listed == 0 {
		return
	}
	removed := map[model.RoleName]bool{}
	var gone func(model.RoleName) bool
	gone = func(name model.RoleName) bool {
		if !name.Delegation() || v.out.Role(name) != nil {
			return false
		}
		if known, ok := removed[name]; ok {
			return known
		}
		parent := v.out.Role(Parent(name))
		removed[name] = parent != nil && parent.State == model.RoleVerified || gone(Parent(name))
		return removed[name]
	}
	for name := range v.cfg.Memory.Roles {
		if gone(name) {
			v.seen.roles[name] = memory.Seen{Removed: v.seen.listed}
		}
	}
}

// Known lists the roots that were trusted before, once Repository has been called. It
// is empty where no root was read.
func (l *Load) Known() []dialect.KnownRoot {
	read := l.root()
	if read == nil {
		return nil
	}
	var out []dialect.KnownRoot
	for _, a := range l.lost {
		out = append(out, dialect.KnownRoot{Kind: a.Kind, Source: a.Source, Damaged: true})
	}
	v := &verification{Load: l, out: &model.Repository{}, former: keyring{}, keys: newKeyTable()}
	for _, a := range l.anchors {
		_, p := v.walk(a, read)
		out = append(out, dialect.KnownRoot{
			Kind: a.Kind, Source: a.Source, Version: a.file.Version, Digest: a.digest(), Keys: l.keysOf(a.file), Problem: p,
		})
	}
	return out
}

// keysOf are the root keys of a root, in listed order.
func (l *Load) keysOf(root *File) []model.Key {
	table, ring := newKeyTable(), l.ring(root)
	spec := root.Delegation(model.RoleRoot)
	narrow := keyring{}
	for _, id := range spec.KeyIDs {
		narrow[id] = ring[id]
	}
	table.add(narrow)
	byID := map[model.KeyID]model.Key{}
	for _, k := range table.join(nil) {
		byID[k.ID] = k
	}
	var out []model.Key
	for _, id := range spec.KeyIDs {
		if k, ok := byID[ring[id].canonical]; ok {
			out = append(out, k)
			delete(byID, k.ID)
		}
	}
	return out
}
