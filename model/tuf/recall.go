package tuf

import (
	"slices"

	"trustdeck/model"
	"trustdeck/model/dialect"
	"trustdeck/model/memory"
)

// A sight is what a verification has found genuine, for the memory.
type sight struct {
	// accepted is the root, where it is trusted; nil elsewhere.
	accepted *entry
	// disputed is set where what is known of the root contradicts itself, or cannot be read:
	// nothing may be remembered then.
	disputed bool
	// afresh is set where the root has replaced the keys of the timestamp or the snapshot
	// since the remembered one (TUF 5.3.11).
	afresh bool
	roles  map[model.RoleName]memory.Seen
	// listed is the version of the snapshot, where it verified; 0 elsewhere.
	listed int64
}

// Look returns what Repository has verified, to be remembered; ok is false where the root is
// refused or in dispute, and nothing may be.
func (l *Load) Look() (look memory.Look, ok bool) {
	if l.sight == nil || l.sight.accepted == nil || l.sight.disputed {
		return look, false
	}
	root := l.sight.accepted
	look = memory.Look{Root: root.raw, Version: root.file.Version, Digest: root.digest(), Roles: l.sight.roles, Afresh: l.sight.afresh}
	look.Roles[model.RoleRoot] = memory.Seen{Version: look.Version, Digests: []memory.Digest{look.Digest}}
	if basis, known := l.cfg.Memory.RootDigest(); known {
		look.Basis = basis
	}
	return look, true
}

// afresh reports whether a root has replaced the keys of the timestamp or the snapshot since
// the remembered root. Clients then forget the versions of both, and of what they list: it
// is how a repository recovers from versions that an attacker has driven up.
func (v *verification) afresh(root *entry) bool {
	for _, a := range v.anchors {
		if a.Kind == model.AnchorOwn && rotates(a.entry, root) {
			return true
		}
	}
	return false
}

// rotates reports whether a root has other keys for the timestamp or the snapshot than an
// earlier one.
func rotates(before, after *entry) bool {
	for _, role := range []model.RoleName{model.RoleTimestamp, model.RoleSnapshot} {
		was := slices.Sorted(slices.Values(before.file.Delegation(role).KeyIDs))
		is := slices.Sorted(slices.Values(after.file.Delegation(role).KeyIDs))
		if !slices.Equal(was, is) {
			return true
		}
	}
	return false
}

// recall compares a role with what is remembered of it, and notes what may be remembered.
// That the content of a version is another one counts only where both are genuine.
func (v *verification) recall(role *model.Role, e *entry) {
	if role.Version == 0 {
		return
	}
	digest := e.digest()
	genuine := role.State == model.RoleVerified
	before, ok := v.cfg.Memory.Roles[role.Name]
	switch {
	case !ok || v.seen.afresh && role.Name != model.RoleRoot:
	case role.Version < before.Version:
		v.add(role, model.ProblemRollback, model.Failure, "%s is version %d, but version %d was seen before", role.Name, role.Version, before.Version)
	case role.Ahead: // it may yet become another one before it is published
	case genuine && role.Version == before.Version && !before.Knows(digest):
		v.add(role, model.ProblemEquivocation, model.Failure, "%s has two validly signed contents for version %d: a different one was seen before", role.Name, role.Version)
	}
	if genuine && !role.Ahead {
		v.seen.roles[role.Name] = memory.Seen{Version: role.Version, Digests: []memory.Digest{digest}, Listed: v.seen.listed}
	}
	v.conclude(role)
}

// rolledBack compares what a snapshot lists with what is remembered of it: no file may get
// an older version, and none may be dropped (TUF 5.5.5).
func (v *verification) rolledBack(snapshot *model.Role) {
	if snapshot.State != model.RoleVerified || v.seen.afresh {
		return
	}
	f := v.got[model.RoleSnapshot].file
	for name, before := range v.cfg.Memory.Roles {
		if !name.HoldsTargets() || before.Version == 0 {
			continue
		}
		if listed := f.Entry(name); listed != nil && listed.Version < before.Version {
			v.add(snapshot, model.ProblemRollback, model.Failure, "the snapshot lists version %d of %s, but version %d was seen before", listed.Version, name, before.Version)
		}
	}
	v.conclude(snapshot)
}

// recallDropped looks whether a delegation that the snapshot does not list was listed before.
func (v *verification) recallDropped(role *model.Role) {
	if before, ok := v.cfg.Memory.Roles[role.Name]; ok && before.Dropped() && !v.seen.afresh {
		v.add(role, model.ProblemDropped, model.Failure, "version %d of %s was seen before, but the snapshot no longer lists it", before.Version, role.Name)
	}
}

// noteRemoved notes remembered delegations that nobody delegates to any more. Where one could
// not be read that may have, nothing is noted.
func (v *verification) noteRemoved() {
	if v.seen.listed == 0 {
		return
	}
	present := map[model.RoleName]bool{}
	for i := range v.out.Roles {
		role := &v.out.Roles[i]
		present[role.Name] = true
		if role.Name.HoldsTargets() && (role.State != model.RoleVerified || role.Ahead) {
			return
		}
	}
	for name := range v.cfg.Memory.Roles {
		if name.Delegation() && !present[name] {
			v.seen.roles[name] = memory.Seen{Removed: v.seen.listed}
		}
	}
}

// Known lists the roots that were trusted before, once Repository has been called. It is
// empty where no root was read.
func (l *Load) Known() []dialect.KnownRoot {
	read := l.last()
	if read == nil {
		return nil
	}
	var out []dialect.KnownRoot
	for _, a := range l.lost {
		out = append(out, dialect.KnownRoot{Kind: a.Kind, Source: a.Source, Damaged: true})
	}
	v := &verification{Load: l}
	for _, a := range l.anchors {
		known := dialect.KnownRoot{Kind: a.Kind, Source: a.Source, Version: a.file.Version, Digest: a.digest(), Problem: v.descends(a.entry, read)}
		t := newKeyTable()
		for _, id := range a.file.Delegation(model.RoleRoot).KeyIDs {
			if key := a.ring.get(id); key != nil && t[key.canonical] == nil {
				t.add(key)
				known.Keys = append(known.Keys, keyTable{key.canonical: t[key.canonical]}.join(nil)...)
			}
		}
		out = append(out, known)
	}
	return out
}
