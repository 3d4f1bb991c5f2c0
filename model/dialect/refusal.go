package dialect

import (
	"fmt"

	"trustdeck/model"
)

// TopLevelRefusal is the problem for which clients of every dialect refuse a repository as a
// whole: that of a top-level role, or of no role at all; nil where there is none.
func TopLevelRefusal(r *model.Repository) *model.Problem {
	for _, name := range []model.RoleName{model.RoleRoot, model.RoleTimestamp, model.RoleSnapshot, model.RoleTargets} {
		role := r.Role(name)
		if role == nil {
			return &model.Problem{Code: model.ProblemMissing, Severity: model.Failure, Role: name, Text: fmt.Sprintf("there is no file for %s", name)}
		}
		if !role.Usable() {
			return WorstFailure(role)
		}
	}
	for i := range r.Problems {
		if r.Problems[i].Severity == model.Failure {
			return &r.Problems[i]
		}
	}
	return nil
}

// WorstFailure is the worst problem of a role that is not usable.
func WorstFailure(role *model.Role) *model.Problem {
	for i := range role.Problems {
		if role.Problems[i].Severity == model.Failure {
			return &role.Problems[i]
		}
	}
	return &model.Problem{
		Code: model.ProblemUnverified, Severity: model.Failure, Role: role.Name,
		Text: fmt.Sprintf("%s is %s", role.Name, role.Condition()),
	}
}
