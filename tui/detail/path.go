package detail

import "trustdeck/model"

// State is the verdict on a role in a word. That it has expired says more than
// that it was verified.
func State(role *model.Role) string {
	if role.State == model.RoleVerified && role.Expired {
		return "expired"
	}
	return role.State.String()
}

// Barrier finds the nearest role above name at which clients stop, so that they
// never come to the role itself, whatever its own state: one that is not there,
// then role is nil, or one that cannot be relied on. ok is false where the way
// is free.
func Barrier(repo *model.Repository, name model.RoleName) (at model.RoleName, role *model.Role, ok bool) {
	for at = name; at != model.RoleRoot; {
		at = at.Parent()
		if role = repo.Role(at); role == nil || !role.Usable() {
			return at, role, true
		}
	}
	return "", nil, false
}
