package notary

import (
	"maps"
	"slices"
	"strings"

	"trustdeck/model"
	"trustdeck/model/dialect"
)

// Delegate lets keys sign for a delegation, beside those that may already, for
// the path prefixes beside those that it has. A delegation that does not exist
// is made. It reports whether that changes anything. The delegator's file must be
// there.
func (d *Draft) Delegate(edge model.Delegation, keys ...model.PublicKey) (changed bool) {
	role := edge.Name
	if now := d.file(edge.From); now != nil && now.delegates(role, edge.Paths, keys) {
		return false
	}
	f := d.edit(edge.From)
	d.removed = slices.DeleteFunc(d.removed, func(r model.RoleName) bool { return r == role })
	spec := f.Delegation(role)
	if spec == nil {
		f.Roles = append(f.Roles, model.Delegation{Name: role, Threshold: edge.Threshold})
		spec = &f.Roles[len(f.Roles)-1]
	}
	for _, k := range keys {
		if !slices.Contains(spec.KeyIDs, k.ID) {
			spec.KeyIDs = append(spec.KeyIDs, k.ID)
		}
		f.addKey(k)
	}
	for _, path := range edge.Paths {
		if !slices.Contains(spec.Paths, path) {
			spec.Paths = append(spec.Paths, path)
		}
	}
	return true
}

func (f *File) delegates(role model.RoleName, paths []string, keys []PublicKey) bool {
	spec := f.Delegation(role)
	if spec == nil {
		return false
	}
	for _, k := range keys {
		if !slices.Contains(spec.KeyIDs, k.ID) {
			return false
		}
	}
	for _, path := range paths {
		if !slices.Contains(spec.Paths, path) {
			return false
		}
	}
	return true
}

// Delegators are the roles that delegate to a role as it will be: the one above it.
func (d *Draft) Delegators(role model.RoleName) []model.RoleName {
	parent := Parent(role)
	if f := d.file(parent); f == nil || d.delegation(f, role) == nil {
		return nil
	}
	return []model.RoleName{parent}
}

// Delegated returns what a delegator says of a delegation, as it will be; ok is false
// where it is not delegated.
func (d *Draft) Delegated(from, role model.RoleName) (edge model.Delegation, ok bool) {
	f := d.file(from)
	if f == nil {
		return model.Delegation{}, false
	}
	spec := d.delegation(f, role)
	if spec == nil {
		return model.Delegation{}, false
	}
	edge = *spec
	edge.From = from
	return edge, true
}

// Reached reports whether a role is one of the top-level ones, or delegated step by
// step from targets.
func (d *Draft) Reached(role model.RoleName) bool {
	for ; role.Delegation(); role = Parent(role) {
		if len(d.Delegators(role)) == 0 {
			return false
		}
	}
	return role.TopLevel()
}

// Listed returns the keys that may sign a role as it shall be, in listed order; none
// where no file names it, or one that is not reached any more.
func (d *Draft) Listed(role model.RoleName) []PublicKey {
	issuer := d.file(Parent(role))
	if issuer == nil || !d.Reached(role) {
		return nil
	}
	return issuer.asks(d.delegation(issuer, role)).Keys
}

// SetKeys names the keys of a delegation that exists, in place of those that it has.
func (d *Draft) SetKeys(from, role model.RoleName, keys ...model.PublicKey) {
	f := d.edit(from)
	spec := f.Delegation(role)
	before := spec.KeyIDs
	spec.KeyIDs = nil
	for _, k := range keys {
		if !slices.Contains(spec.KeyIDs, k.ID) {
			spec.KeyIDs = append(spec.KeyIDs, k.ID)
		}
		f.addKey(k)
	}
	f.forget(before)
}

// SetEdge states the threshold and the path prefixes of a delegation that exists, in place
// of those that it has.
func (d *Draft) SetEdge(edge model.Delegation) {
	spec := d.edit(edge.From).Delegation(edge.Name)
	spec.Threshold, spec.Paths = edge.Threshold, slices.Clone(edge.Paths)
}

// Undelegate takes a delegation away, and all that is reached through it, with what was
// to be rewritten of it. The files themselves stay where they are; nothing leads to
// them.
func (d *Draft) Undelegate(from, role model.RoleName) {
	f := d.edit(from)
	spec := f.Delegation(role)
	before := spec.KeyIDs
	f.Roles = slices.DeleteFunc(f.Roles, func(s model.Delegation) bool { return s.Name == role })
	f.forget(before)
	d.removed = append(d.removed, role)
	maps.DeleteFunc(d.next, func(r model.RoleName, _ *File) bool { return d.dropped(r) })
}

// Unlisted names the files that the snapshot lists and will list no more, sorted.
func (d *Draft) Unlisted() []model.RoleName {
	var out []model.RoleName
	if snapshot := d.base[model.RoleSnapshot]; snapshot != nil {
		for _, m := range snapshot.Meta {
			if d.dropped(m.Role) {
				out = append(out, m.Role)
			}
		}
	}
	slices.Sort(out)
	return out
}

// dropped reports whether a delegation was removed, or one above it.
func (d *Draft) dropped(role model.RoleName) bool {
	return slices.ContainsFunc(d.removed, func(r model.RoleName) bool { return role == r || strings.HasPrefix(string(role), string(r)+"/") })
}

// forget drops those of some keys that no role has any more.
func (f *File) forget(ids []model.KeyID) {
	f.Keys = slices.DeleteFunc(f.Keys, func(k PublicKey) bool {
		return slices.Contains(ids, k.ID) && !slices.ContainsFunc(f.Roles, func(s model.Delegation) bool { return slices.Contains(s.KeyIDs, k.ID) })
	})
}

// Earlier returns the root keys of an earlier root, so that they sign the new one as
// well. The new one lists them, though they have no say in it.
func (d *Draft) Earlier(root *dialect.File) dialect.Quorum {
	a := asFile(root).authority(model.RoleRoot)
	a.Former = true
	next := d.edit(model.RoleRoot)
	for _, k := range a.Keys {
		next.addKey(k)
	}
	return a
}

// AddTarget lists a target in a role, in place of one of its name. It reports whether that
// changes anything.
func (d *Draft) AddTarget(role model.RoleName, target model.Target) (changed bool) {
	if now := d.file(role); now != nil {
		if i, found := now.target(target.Name); found && now.Targets[i].Equal(target) {
			return false
		}
	}
	f := d.edit(role)
	i, found := f.target(target.Name)
	if found {
		f.Targets[i] = target
	} else {
		f.Targets = slices.Insert(f.Targets, i, target)
	}
	return true
}

// RemoveTarget takes a target out of a role. It reports whether it was there.
func (d *Draft) RemoveTarget(role model.RoleName, name string) (changed bool) {
	now := d.file(role)
	if now == nil {
		return false
	}
	if _, found := now.target(name); !found {
		return false
	}
	f := d.edit(role)
	i, _ := f.target(name)
	f.Targets = slices.Delete(f.Targets, i, i+1)
	return true
}

// target is where a target of a name is, or would be: they are sorted.
func (f *File) target(name string) (i int, found bool) {
	return slices.BinarySearchFunc(f.Targets, name, func(t model.Target, name string) int { return strings.Compare(t.Name, name) })
}
