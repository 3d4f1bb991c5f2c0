package dialect

import (
	"slices"

	"trustdeck/model"
)

// FirstSigner is the first of the roles that may list a target of a name and of which a key
// is there, for dialects in which a target is signed in one role.
func FirstSigner(d Reader, r *model.Repository, name string, have func(model.KeyID) bool) []model.RoleName {
	for i := range r.Roles {
		role := &r.Roles[i]
		if role.Name.HoldsTargets() && slices.ContainsFunc(role.Keys, have) && lists(d, role, name) {
			return []model.RoleName{role.Name}
		}
	}
	return nil
}

// lists reports whether a role may list a target of a name.
func lists(d Reader, role *model.Role, name string) bool {
	return !role.Name.Delegation() || slices.ContainsFunc(role.Parents, func(edge model.Delegation) bool { return d.Matcher(edge)(name) })
}
