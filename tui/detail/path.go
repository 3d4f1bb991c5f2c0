package detail

import (
	"slices"

	"trustdeck/model"
)

// Barrier finds the nearest role above name at which clients stop, so that they
// never come to the role itself, whatever its own state: one that is not there,
// then role is nil, or one that cannot be relied on. ok is false where the way
// is free.
func Barrier(repo *model.Repository, name model.RoleName) (at model.RoleName, role *model.Role, ok bool) {
	if name == model.RoleRoot {
		return "", nil, false
	}
	path := repo.Path(name)
	above := append([]model.RoleName{model.RoleRoot}, path[:len(path)-1]...)
	for _, at := range slices.Backward(above) {
		if role = repo.Role(at); role == nil || !role.Usable() {
			return at, role, true
		}
	}
	return "", nil, false
}
