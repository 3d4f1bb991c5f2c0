package notary

import (
	"maps"
	"slices"
	"strings"

	"trustdeck/model"
)

// Delegate lets keys sign for a delegation, beside those that may already, for
// the path prefixes beside those that it has. A delegation that does not exist
// is made. It reports whether that changes anything. The parent's file must be
// there.
func (d *Draft) Delegate(role model.RoleName, threshold int, paths []string, keys ...PublicKey) (changed bool) {
	parent := role.Parent()
	if now := d.After(parent); now != nil && now.delegates(role, paths, keys) {
		return false
	}
	f := d.edit(parent)
	d.removed = slices.DeleteFunc(d.removed, func(r model.RoleName) bool { return r == role })
	spec := f.Delegation(role)
	if spec == nil {
		f.Roles = append(f.Roles, model.Delegation{Name: role, Threshold: int64(threshold)})
		spec = &f.Roles[len(f.Roles)-1]
	}
	for _, k := range keys {
		if !slices.Contains(spec.KeyIDs, k.ID) {
			spec.KeyIDs = append(spec.KeyIDs, k.ID)
		}
		f.addKey(k)
	}
	for _, path := range paths {
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

// Delegated returns what the parent of a delegation says of it, as it shall be; ok
// is false where it is not delegated.
func (d *Draft) Delegated(role model.RoleName) (spec model.Delegation, ok bool) {
	parent := d.After(role.Parent())
	if parent == nil || parent.Delegation(role) == nil {
		return model.Delegation{}, false
	}
	return *parent.Delegation(role), true
}

// Reached reports whether a role is one of the top-level ones, or delegated step by
// step from targets.
func (d *Draft) Reached(role model.RoleName) bool {
	for ; role.Delegation(); role = role.Parent() {
		if _, ok := d.Delegated(role); !ok {
			return false
		}
	}
	return role.TopLevel()
}

// Listed returns the keys that may sign a role as it shall be, in listed order; none
// where no file names it, or one that is not reached any more.
func (d *Draft) Listed(role model.RoleName) []PublicKey {
	issuer := d.After(role.Parent())
	if issuer == nil || !d.Reached(role) {
		return nil
	}
	return issuer.authority(role).Keys
}

// SetKeys names the keys of a delegation that exists, in place of those that it has.
func (d *Draft) SetKeys(role model.RoleName, keys ...PublicKey) {
	f := d.edit(role.Parent())
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

// Undelegate takes a delegation away, and all that is reached through it, with what was
// to be rewritten of it. The files themselves stay where they are; nothing leads to
// them.
func (d *Draft) Undelegate(role model.RoleName) {
	f := d.edit(role.Parent())
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
func (d *Draft) Earlier(root *File) Authority {
	a := root.authority(model.RoleRoot)
	a.Former = true
	next := d.edit(model.RoleRoot)
	for _, k := range a.Keys {
		next.addKey(k)
	}
	return a
}
