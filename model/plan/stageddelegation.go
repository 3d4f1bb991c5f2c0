package plan

import (
	"slices"

	"trustdeck/model"
)

// stagedDelegation makes changes of one that another client has staged for a delegation, as
// that client would apply it: what is to be removed and is not there, it passes over
// (notary-v1, 3.3).
func (a *builder) stagedDelegation(c *model.StagedChange) ([]model.Change, error) {
	if parent, wild := c.Below(); wild {
		return a.stagedPurge(parent, c.RemoveKeys)
	}
	from, err := a.delegator(c.Role, "")
	if err != nil {
		return nil, err
	}
	if c.Action == model.StagedDelete {
		return []model.Change{model.RemoveDelegation{Role: c.Role, From: from}}, nil
	}
	edge, exists := a.draft.Delegated(from, c.Role)
	if !exists {
		if c.Action == model.StagedUpdate {
			return nil, a.noDelegation(c.Role)
		}
		return []model.Change{model.AddDelegation{Role: c.Role, From: from, Keys: c.AddListed, Paths: c.AddPaths, Threshold: c.Threshold}}, nil
	}
	// The threshold is that of a delegation that is made.
	edit := model.EditDelegation{Role: c.Role, From: from, Keys: c.AddListed, Paths: c.AddPaths}
	edit.RemoveKeys = a.held(edge, c.RemoveKeys)
	gone := c.RemovePaths
	if c.ClearPaths {
		gone = edge.Paths
	}
	for _, path := range edge.Paths {
		if slices.Contains(gone, path) && !slices.Contains(c.AddPaths, path) {
			edit.RemovePaths = append(edit.RemovePaths, path)
		}
	}
	return []model.Change{edit}, nil
}

// stagedPurge takes keys out of every delegation below a role.
func (a *builder) stagedPurge(parent model.RoleName, ids []model.KeyID) ([]model.Change, error) {
	var out []model.Change
	for i := range a.repository.Roles {
		role := a.repository.Roles[i].Name
		for _, edge := range a.edges(role) {
			if !role.Delegation() || !a.below(edge.From, parent, nil) {
				continue
			}
			if gone := a.held(edge, ids); len(gone) > 0 {
				out = append(out, model.EditDelegation{Role: role, From: edge.From, RemoveKeys: gone})
			}
		}
	}
	if len(out) == 0 {
		return nil, a.fault("Check which keys they have.", "no delegation below %s lists a key that the change removes", parent)
	}
	return out, nil
}

// held are those of some canonical IDs whose keys a delegation lists.
func (a *builder) held(edge model.Delegation, ids []model.KeyID) []model.KeyID {
	listed := a.listedBy(edge)
	return slices.DeleteFunc(slices.Clone(ids), func(id model.KeyID) bool { return !a.holds(listed, id) })
}

// below reports whether a role is another, or is delegated step by step from it; seen are
// the roles from which it was asked, for delegations can go in circles.
func (a *builder) below(role, parent model.RoleName, seen []model.RoleName) bool {
	if role == parent {
		return true
	}
	if slices.Contains(seen, role) {
		return false
	}
	return slices.ContainsFunc(a.draft.Delegators(role), func(from model.RoleName) bool {
		return a.below(from, parent, append(seen, role))
	})
}
