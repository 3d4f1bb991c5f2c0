package tuf

import (
	"slices"

	"trustdeck/model"
)

// Restatable are the roles whose files list keys in an earlier form, or under an ID that is not
// the hash of their object (TUF 4.2, 4.3).
func (Dialect) Restatable(r *model.Repository) []model.RoleName {
	var out []model.RoleName
	for i := range r.Roles {
		role := &r.Roles[i]
		if role.Raw == nil || role.Name != model.RoleRoot && len(role.Delegations) == 0 {
			continue
		}
		if f, err := Parse(role.Name, role.Raw); err == nil && len(f.outdated()) > 0 {
			out = append(out, role.Name)
		}
	}
	return out
}

// outdated are the keys that a file lists otherwise than the specification asks for. A key that
// cannot be used stays as it is: nobody knows what it is meant to be.
func (f *File) outdated() []*verifier {
	var out []*verifier
	for _, k := range f.keys {
		v := newVerifier(k, nil)
		if v.err == nil && (!v.rightID() || v.hexPoint || v.Type != kind(v.Type) || k.Scheme == "") {
			out = append(out, v)
		}
	}
	return out
}

// Restate lists the keys in a file as the specification asks for. What else is said of a key
// stays. Each role that the file delegates to names them by their new IDs.
func (d *Draft) Restate(role model.RoleName) (changed bool) {
	was := d.file(role)
	if was == nil {
		return false
	}
	old := was.outdated()
	if len(old) == 0 {
		return false
	}
	f := d.edit(role)
	table, now := f.keyTable(), map[any]any{}
	for _, v := range old {
		if o, ok := table[string(v.ID)].(map[string]any); ok {
			delete(table, string(v.ID))
			o = restated(v, o)
			id := string(version1.keyIDs(o)[0])
			table[id], now[string(v.ID)] = o, id
		}
	}
	f.eachQuorum(func(spec map[string]any) {
		ids, _ := spec["keyids"].([]any)
		next := []any{}
		for _, id := range ids {
			if other, ok := now[id]; ok {
				id = other
			}
			if !slices.Contains(next, id) {
				next = append(next, id)
			}
		}
		spec["keyids"] = next
	})
	d.edited(f)
	return true
}

// restated is the object of a key in the form of today.
func restated(v *verifier, o map[string]any) map[string]any {
	o = copied(o)
	o["keytype"], o["scheme"] = string(kind(v.Type)), v.scheme
	if bare, err := Bare(v.public); v.hexPoint && err == nil {
		member(o, "keyval")["public"] = string(bare.Public)
	}
	return o
}
