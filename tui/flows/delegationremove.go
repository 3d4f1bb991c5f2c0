package flows

import (
	"fmt"
	"slices"
	"strings"

	"trustdeck/model"
	"trustdeck/model/admin/change"
	"trustdeck/tui/flow"
)

const purged = "purged"

// DelegationRemove takes delegations away, with what hangs below them.
func DelegationRemove(d Backend) *flow.Flow {
	return Planned(d, &flow.Flow{
		ID: "delegation-remove", Title: "Remove a delegation", Verb: "Remove the delegation", Grade: flow.TypeName,
		Command: command("delegation remove", repositories, roles),
		Steps: []flow.Step{
			existingStep("In which repositories?"),
			{
				ID: roles, Label: "Roles", Question: "Which delegations do you want to remove?", Kind: flow.Several, Spell: spellRoles,
				Help: "trustdeck removes the whole role, and all roles that only it leads to. The review lists what clients no longer see.",
				Options: func(f flow.Facts, a flow.Answers) []flow.Option {
					return roleOptions(f, a, a.Values[repositories], func(_ *model.Repository, role *model.Role) bool { return role.Name.Delegation() })
				},
				None: noDelegations,
				Resolve: func(f flow.Facts, a flow.Answers) ([]string, error) {
					return resolveRoles(f, a, a.Values[repositories]), nil
				},
			},
		},
	}, func(f flow.Facts, a flow.Answers) ([]change.Request, error) {
		var out []change.Request
		for _, r := range named(f, a) {
			var chosen []model.RoleName
			for _, value := range a.Values[roles] {
				if of, role := roleIn(a, value); of == string(r.GUN) {
					chosen = append(chosen, role)
				}
			}
			if changes := undelegations(r, chosen); len(changes) > 0 {
				out = append(out, change.Request{GUN: r.GUN, Changes: changes})
			}
		}
		return out, nil
	})
}

// undelegations take roles away. One below another of them goes with that.
func undelegations(r *model.Repository, chosen []model.RoleName) []model.Change {
	var out []model.Change
	for _, name := range chosen {
		role := r.Role(name)
		if role == nil || within(r, name, chosen) {
			continue
		}
		for _, edge := range role.Parents {
			if !within(r, edge.From, chosen) && !slices.Contains(chosen, edge.From) {
				out = append(out, model.RemoveDelegation{Role: name, From: edge.From})
			}
		}
	}
	return out
}

// within reports whether a role is reached only through one of some others.
func within(r *model.Repository, name model.RoleName, others []model.RoleName) bool {
	role := r.Role(name)
	if role == nil || !name.Delegation() || len(role.Parents) != 1 {
		return false
	}
	path := r.Path(name)
	return slices.ContainsFunc(path[:len(path)-1], func(above model.RoleName) bool { return slices.Contains(others, above) })
}

// DelegationPurge takes keys out of every delegation that lists them.
func DelegationPurge(d Backend) *flow.Flow {
	f := Planned(d, &flow.Flow{
		ID: "delegation-purge", Title: "Purge a key", Verb: "Purge the key", Grade: flow.TypeName,
		Command: command("delegation purge", repositories),
		Steps: append([]flow.Step{
			existingStep("In which repositories?"),
			{
				ID: purged, Flag: "key", Label: "Keys", Question: "Which keys do you want to remove from every delegation?", Kind: flow.Several,
				Help:    "Give key IDs. Each delegation that lists one loses it; a delegation with no other key is removed.",
				Options: purgeable,
				None:    noDelegations,
				Resolve: resolveKeys(purged, "of a delegation", purgeable),
			},
		}, unsignedSteps(true)...),
	}, func(f flow.Facts, a flow.Answers) ([]change.Request, error) {
		var out []change.Request
		for _, r := range named(f, a) {
			if changes, _ := purge(f, r, a); len(changes) > 0 {
				out = append(out, change.Request{GUN: r.GUN, Changes: changes})
			}
		}
		return allowing(f, a, out), nil
	})
	return withLeftOut(f, func(f flow.Facts, a flow.Answers) []string {
		var out []string
		for _, r := range named(f, a) {
			_, left := purge(f, r, a)
			for _, line := range left {
				if !alone(a) {
					line = string(r.GUN) + ": " + line
				}
				out = append(out, line)
			}
		}
		return out
	})
}

// purgeable are the keys that delegations of the repositories list, with where.
func purgeable(f flow.Facts, a flow.Answers) []flow.Option {
	var out []flow.Option
	where := map[string][]string{}
	list := func(id model.KeyID, place string) {
		value := string(id)
		if where[value] == nil {
			out = append(out, flow.Option{Value: value, Label: "Key " + id.Short()})
		}
		if !slices.Contains(where[value], place) {
			where[value] = append(where[value], place)
		}
	}
	for _, r := range named(f, a) {
		of := ""
		if !alone(a) {
			of = " of " + string(r.GUN)
		}
		for i := range r.Roles {
			role := &r.Roles[i]
			if !role.Name.Delegation() {
				continue
			}
			for _, edge := range role.Parents {
				for _, id := range canonical(r, edge) {
					list(id, string(role.Name)+of)
				}
			}
		}
	}
	for i := range out {
		out[i].Help = "In " + few(where[out[i].Value]) + "."
	}
	return out
}

// canonical are the canonical IDs of the keys of a delegation.
func canonical(r *model.Repository, edge model.Delegation) []model.KeyID {
	var out []model.KeyID
	for _, listed := range edge.KeyIDs {
		if k, ok := r.Key(listed); ok && !slices.Contains(out, k.ID) {
			out = append(out, k.ID)
		}
	}
	return out
}

// purge takes the keys of the answer out of the delegations of a repository. Where others
// must sign for some of those, they are left out, as long as anything can be done here.
func purge(f flow.Facts, r *model.Repository, a flow.Answers) (changes []model.Change, left []string) {
	var here, elsewhere []model.Change
	gone := model.Retype[model.KeyID](a.Values[purged])
	var removed []model.RoleName
	for i := range r.Roles {
		role := &r.Roles[i]
		if !role.Name.Delegation() || within(r, role.Name, removed) {
			continue
		}
		for _, edge := range role.Parents {
			keys := canonical(r, edge)
			lost := slices.DeleteFunc(slices.Clone(gone), func(id model.KeyID) bool { return !slices.Contains(keys, id) })
			if len(lost) == 0 {
				continue
			}
			var c model.Change = model.EditDelegation{Role: role.Name, From: edge.From, RemoveKeys: lost}
			if len(lost) == len(keys) {
				c = model.RemoveDelegation{Role: role.Name, From: edge.From}
			}
			if from := r.Role(edge.From); from != nil && signable(f, from) {
				here = append(here, c)
				if len(lost) == len(keys) {
					removed = append(removed, role.Name)
				}
				continue
			}
			elsewhere = append(elsewhere, c)
			left = append(left, fmt.Sprintf("%s still lists key %s; %s must be signed to remove it, and its keys are not here",
				role.Name, strings.Join(short(lost), " and "), edge.From))
		}
	}
	if len(here) == 0 {
		return elsewhere, nil
	}
	return here, left
}
