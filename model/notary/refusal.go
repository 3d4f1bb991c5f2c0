package notary

import (
	"slices"

	"trustdeck/model"
	"trustdeck/model/dialect"
)

// Refusal is the problem for which clients refuse the repository as a whole,
// or nil. They insist on the four top-level roles. They go on without a
// delegation that expired or lacks signatures, and stop at any other fault of
// one that they get to: missing, altered or unreadable (notary-v1, 4.4).
func Refusal(r *model.Repository) *model.Problem {
	if p := dialect.TopLevelRefusal(r); p != nil {
		return p
	}
	reached := Reached(r)
	for i := range r.Roles {
		role := &r.Roles[i]
		if role.Name.Delegation() && reached[Parent(role.Name)] && !passedOver(role) {
			return dialect.WorstFailure(role)
		}
	}
	return nil
}

// passedOver reports whether clients go on after they met a delegation.
func passedOver(role *model.Role) bool {
	if has(role, model.ProblemNotInSnapshot) && !has(role, model.ProblemDropped) {
		return true // they do not get to a file that the snapshot does not list
	}
	switch role.State {
	case model.RoleVerified, model.RoleUnpublished:
		return true
	case model.RoleBroken:
		for _, p := range role.Problems {
			if p.Severity == model.Failure && p.Code != model.ProblemThreshold && p.Code != model.ProblemExpired {
				return false
			}
		}
		return true
	default:
		return false
	}
}

func has(role *model.Role, code model.ProblemCode) bool {
	return slices.ContainsFunc(role.Problems, func(p model.Problem) bool { return p.Code == code })
}

// Reached tells which roles that hold targets a client gets to and believes.
func Reached(r *model.Repository) map[model.RoleName]bool {
	out := map[model.RoleName]bool{}
	for i := range r.Roles {
		role := &r.Roles[i]
		if role.Name.HoldsTargets() {
			// Roles stand in pre-order, so the parent is decided already.
			out[role.Name] = role.Usable() && (role.Name == model.RoleTargets || out[Parent(role.Name)])
		}
	}
	return out
}
