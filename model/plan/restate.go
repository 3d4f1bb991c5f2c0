package plan

import (
	"fmt"
	"slices"

	"trustdeck/model"
)

// restate lists the keys in files in the form of today.
func (a *builder) restate(c model.RestateKeys) error {
	if len(c.Roles) == 0 {
		return a.fault("Name at least one role whose file lists keys, such as root.", "no role named whose keys are to be restated")
	}
	for _, name := range c.Roles {
		role := a.roles[name]
		switch {
		case role == nil:
			return a.fault("Check which roles the repository has.", "there is no role %q", string(name))
		case name.ListsFiles() || a.draft.Before(name) == nil:
			return a.fault("Name root, targets or a delegation.", "the file of %s lists no keys", name)
		case !a.draft.Reached(name):
			return a.fault("Leave it out.", "this plan removes %s", name)
		}
		stood := a.standing(name)
		if !a.draft.Restate(name) {
			continue // it has the form already
		}
		a.addReason(name, "to list its keys in today's form")
		if err := a.stillEnough(name); err != nil {
			return err
		}
		for _, role := range stood {
			a.signAnew(role)
		}
	}
	return nil
}

// standing are the roles below another one that have the signatures which it asks for.
func (a *builder) standing(from model.RoleName) []model.RoleName {
	var out []model.RoleName
	for i := range a.repository.Roles {
		role := a.repository.Roles[i].Name
		if slices.Contains(a.draft.Delegators(role), from) && a.draft.Stands(role) {
			out = append(out, role)
		}
	}
	return out
}

// stillEnough refuses a file in which two keys of a role have become one.
func (a *builder) stillEnough(from model.RoleName) error {
	for _, edge := range a.draft.After(from).Roles {
		if keys := len(edge.KeyIDs); int64(keys) < edge.Threshold {
			return a.fault("Give the role another key first, or lower its threshold.",
				"some keys of %s are one key in two forms: it needs %s, and would list only %s",
				edge.Name, model.Count(int(edge.Threshold), "signature"), model.Count(keys, "key"))
		}
	}
	return nil
}

// signAnew has a file signed under the new IDs of its keys. Root is signed in any case, and what
// lists files whenever a signature of it is missing.
func (a *builder) signAnew(role model.RoleName) {
	switch {
	case role == model.RoleRoot || role.ListsFiles() || a.draft.Stands(role):
	case role.Delegation():
		a.touch(role)
	default:
		a.draft.Bump(role)
		a.addReason(role, "because its keys have other IDs")
	}
}

// restated says what other key IDs mean to others.
func (c *compiler) restated(r model.RestateKeys, i *Impact) {
	if slices.Contains(r.Roles, model.RoleRoot) && c.rewrites(model.RoleRoot) {
		root := c.author.draft.After(model.RoleRoot)
		i.Fresh = fmt.Sprintf("trusts root %d on first use", root.Version)
		i.Current = fmt.Sprintf("accepts root %d without asking, because the keys of root %d have also signed it", root.Version, root.Version-1)
		i.Outdated = "accepts it too, after verifying each root it missed"
	}
	i.Others = append(i.Others, "the keys stay, and so does what they may sign; programs and scripts that name a key by its ID must use the new one")
}
