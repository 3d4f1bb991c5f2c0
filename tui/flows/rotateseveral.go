package flows

import (
	"fmt"
	"slices"

	"trustdeck/model"
	"trustdeck/model/admin/change"
	"trustdeck/model/dialect"
	"trustdeck/tui/flow"
)

// named are the repositories of the answer that have trust data.
func named(f flow.Facts, a flow.Answers) []*model.Repository {
	var out []*model.Repository
	for _, name := range a.Values[repositories] {
		if r := f.Repositories[name]; r != nil {
			out = append(out, r)
		}
	}
	return out
}

// keysOf are the keys of a role; none where there is no such role.
func keysOf(r *model.Repository, name model.RoleName) []model.KeyID {
	if role := r.Role(name); role != nil {
		return role.Keys
	}
	return nil
}

// rotatable are the roles whose keys can be replaced in all of the repositories; a role that
// signers share has no keys but theirs.
func rotatable(f flow.Facts, a flow.Answers) []flow.Option {
	all := named(f, a)
	if len(all) == 0 {
		return nil
	}
	help := map[model.RoleName]string{
		model.RoleRoot:      "Decides who may sign everything else.",
		model.RoleTargets:   "Decides who may sign " + f.Dialect.Words().Targets() + ", and signs some itself.",
		model.RoleSnapshot:  "Lists the current version of every file.",
		model.RoleTimestamp: "States which snapshot is the current one.",
	}
	if slices.Contains(f.Dialect.Online(), model.RoleTimestamp) {
		help[model.RoleTimestamp] = "The server always holds this key, and makes the new one."
	}
	var out []flow.Option
	for i := range all[0].Roles {
		role := &all[0].Roles[i]
		_, signer := f.Dialect.SignerOf(role.Name)
		lacks := slices.ContainsFunc(all, func(r *model.Repository) bool { return len(keysOf(r, role.Name)) == 0 })
		if lacks || role.Name.Delegation() && !signer || role.Name == model.RoleRoot && !alone(a) && len(nextRoots(f, a)) == 0 {
			continue
		}
		words := help[role.Name]
		if role.Name.Delegation() {
			words = "A signer" + dialect.Around(", whose new key replaces the old one in ", dialect.SharedRole(f.Dialect), " as well") + "."
		}
		if alone(a) {
			words += " " + standing(f, role)
		} else {
			words += fmt.Sprintf(" In each of the %d repositories.", len(all))
		}
		out = append(out, flow.Option{Value: string(role.Name), Label: string(role.Name), Help: words})
	}
	return out
}

// rotations are what is asked of each repository. Of several, one in which nothing would be
// replaced is left out, and left says why.
func rotations(f flow.Facts, a flow.Answers) (asked []change.Request, left []string, err error) {
	for _, r := range named(f, a) {
		c, err := rotation(f, a, r)
		if err != nil {
			return nil, nil, err
		}
		c.Retire = a.First(oldKey) == dropOld
		c.AllKnown = c.Retire && a.First(TheseAreAll) == AreAll
		if why := unneeded(f, a, r, c); why != "" && !alone(a) {
			left = append(left, string(r.GUN)+": "+why)
			continue
		}
		asked = append(asked, change.Request{GUN: r.GUN, Changes: []model.Change{c}})
	}
	if len(asked) == 0 && len(left) > 0 {
		return nil, nil, &model.Fault{Kind: model.FaultUsage, Text: "nothing is left to rotate: " + left[0], Hint: "Choose other keys, or other repositories."}
	}
	return asked, left, nil
}

// unneeded says why a rotation would replace nothing; empty where it would.
func unneeded(f flow.Facts, a flow.Answers, r *model.Repository, c model.RotateKey) string {
	role := r.Role(c.Role)
	if c.Role.Delegation() && len(a.Values[replaced]) > 0 && len(c.Replaced) == 0 {
		return fmt.Sprintf("%s has none of the keys that you replace", c.Role)
	}
	var next []model.KeyID
	for _, k := range c.Keys.Keys {
		switch k.Source {
		case model.KeyHere:
			next = append(next, k.ID)
		case model.KeyGiven:
			next = append(next, f.Dialect.CanonicalID(k.Public))
		case model.KeyNew, model.KeyServer:
			return ""
		}
	}
	stays := func(id model.KeyID) bool {
		return slices.Contains(next, id) || len(c.Replaced) > 0 && !slices.Contains(c.Replaced, id)
	}
	gone := slices.ContainsFunc(role.Keys, func(id model.KeyID) bool { return !stays(id) })
	come := slices.ContainsFunc(next, func(id model.KeyID) bool { return !slices.Contains(role.Keys, id) })
	if gone || come || c.Role.TopLevel() && role.Threshold != c.Keys.Threshold {
		return ""
	}
	return fmt.Sprintf("%s already has these keys", c.Role)
}

// withLeftOut has the review of a plan name what is not in it.
func withLeftOut(f *flow.Flow, left func(flow.Facts, flow.Answers) []string) *flow.Flow {
	outcome := f.Outcome
	f.Outcome = func(facts flow.Facts, a flow.Answers) flow.Outcome {
		out := outcome(facts, a)
		if p, ok := out.(*planned); ok {
			p.left = flow.Section{Head: notInPlan}
			for _, line := range left(facts, a) {
				p.left.Lines = append(p.left.Lines, stopped(line))
			}
		}
		return out
	}
	return f
}

// notInPlan heads what could have been part of a plan.
const notInPlan = "NOT IN THIS PLAN"
