package plan

import (
	"fmt"
	"slices"
	"time"

	"trustdeck/model"
	"trustdeck/model/dialect"
)

// renew signs files again before or after they have expired.
func (a *builder) renew(c model.Renew) error {
	if len(c.Roles) == 0 {
		return a.fault("Name at least one role, such as targets.", "no role named to renew")
	}
	if err := a.setLifetimes(c); err != nil {
		return err
	}
	for _, name := range c.Roles {
		role, err := a.signed(name)
		if err != nil {
			return err
		}
		if role.State != model.RoleVerified && name.Delegation() {
			return a.fault("Witness it instead: the signer then confirms its contents.", "%s cannot be renewed in its present state: %s", name, worst(role))
		}
		switch {
		case a.servers(name) && !a.dialect.ServerKeys():
			return a.fault("Have the robot sign it.", "a robot signs %s, and has its only keys", name)
		case a.servers(name):
			a.refresh = true
		case a.served(name):
			a.draft.Bump(model.RoleSnapshot)
		case a.expired(role):
			a.draft.Bump(name)
			a.addReason(name, "because it expired on %s", day(role.Expires))
		default:
			a.draft.Bump(name)
			a.addReason(name, "to renew it")
		}
	}
	return nil
}

// day is a date for people.
func day(t time.Time) string { return t.UTC().Format("2006-01-02") }

// witness signs targets files again, also under-signed ones.
func (a *builder) witness(c model.Witness) error {
	if len(c.Roles) == 0 {
		return a.fault("Name at least one"+dialect.Around(", such as ", dialect.SharedRole(a.dialect), "")+".", "no role named to witness")
	}
	for _, name := range c.Roles {
		if name.TopLevel() && name != model.RoleTargets {
			return a.fault("Renew it instead.", "%s cannot be witnessed; only targets and delegations can", name)
		}
		role, err := a.signed(name)
		if err != nil {
			return err
		}
		if c.Fresh {
			if !name.Delegation() {
				return a.fault("Witness it, or remove its tags.", "%s cannot be replaced with a new file; only delegations can", name)
			}
			a.fresh = append(a.fresh, name)
			a.touch(name)
			continue
		}
		switch {
		case role.State == model.RoleVerified:
			a.addReason(name, "to witness it")
		case mendable(role):
			a.addReason(name, "to witness it: %s", role.Problems[0].Text)
			a.warnings = append(a.warnings, fmt.Sprintf(
				"no valid signature confirms the contents of %s: check its %s before you sign", name, model.Count(len(role.Targets), a.dialect.Words().Target)))
		default:
			return a.fault("Check the repository first. What doesn't verify must be repaired, or may be an attack.", "%s cannot be witnessed: %s", name, worst(role))
		}
		a.draft.Bump(name)
	}
	return nil
}

// mendable reports whether a file lacks nothing but signatures, or its place in the
// snapshot.
func mendable(role *model.Role) bool {
	return suffers(role, model.ProblemThreshold, model.ProblemNoSignatures, model.ProblemExpired, model.ProblemNotInSnapshot)
}

// suffers reports whether a role is broken, and by nothing but these problems.
func suffers(role *model.Role, from ...model.ProblemCode) bool {
	return role.State == model.RoleBroken && !slices.ContainsFunc(role.Problems, func(p model.Problem) bool {
		return p.Severity == model.Failure && !slices.Contains(from, p.Code)
	})
}

// signed finds a role that has a file which can be signed again.
func (a *builder) signed(name model.RoleName) (*model.Role, error) {
	if a.repository == nil {
		return nil, a.fault("Renew it once it is published.", "this plan only just initialises the repository")
	}
	role := a.repository.Role(name)
	switch {
	case role == nil:
		return nil, a.fault("Check which roles the repository has.", "there is no role %q", string(name))
	case !a.draft.Reached(name):
		return nil, a.fault("Leave it out.", "this plan removes %s", name)
	case a.draft.Before(name) == nil && a.servers(name):
		return role, nil // what the server does not show now it makes anew
	case a.draft.Before(name) == nil:
		return nil, a.fault("It gets a file when a target is signed in it.", "%s has no file to re-sign", name)
	}
	return role, nil
}

// servers reports whether the server signs a role.
func (a *builder) servers(name model.RoleName) bool {
	return !a.draft.OwnSnapshot() && a.served(name)
}

// served reports whether a server or a robot signs a role once the others are published.
func (a *builder) served(name model.RoleName) bool {
	return slices.Contains(a.draft.Served(), name)
}

// worst is the first of the problems of a role.
func worst(role *model.Role) string {
	if len(role.Problems) > 0 {
		return role.Problems[0].Text
	}
	return fmt.Sprintf("it is %s", role.State)
}
