package plan

import (
	"fmt"
	"slices"
	"strings"

	"trustdeck/model"
)

// targetChanges are the names that changes add to a role and remove from it.
type targetChanges struct{ added, removed []string }

// addTarget lists a target in a role.
func (a *builder) addTarget(c model.AddTarget) error {
	if err := a.holdsTargets(c.Role); err != nil {
		return err
	}
	word := a.dialect.Words().Target
	if err := a.dialect.CheckTarget(c.Target()); err != nil {
		return a.fault("Choose another "+word+".", "%s %q cannot be added to %s: %v", word, c.Name, c.Role, err)
	}
	if !reaching(a.dialect, a.edges).of(c.Role).permits(c.Name) {
		return a.fault("Choose another role, or let it sign the name first.", "%s is not allowed to sign %q", c.Role, c.Name)
	}
	if a.draft.AddTarget(c.Role, c.Target()) {
		names := &a.targetsOf(c.Role).added
		*names = append(*names, c.Name)
	}
	return nil
}

// removeTarget takes a target out of a role.
func (a *builder) removeTarget(c model.RemoveTarget) error {
	if err := a.holdsTargets(c.Role); err != nil {
		return err
	}
	if !a.draft.RemoveTarget(c.Role, c.Name) {
		a.absent = append(a.absent, fmt.Sprintf("%s %q in %s", a.dialect.Words().Target, c.Name, c.Role))
		return nil
	}
	of := a.targetsOf(c.Role)
	of.added = slices.DeleteFunc(of.added, func(name string) bool { return name == c.Name })
	of.removed = append(of.removed, c.Name)
	return nil
}

func (a *builder) targetsOf(role model.RoleName) *targetChanges {
	if a.targets == nil {
		a.targets = map[model.RoleName]*targetChanges{}
	}
	if a.targets[role] == nil {
		a.targets[role] = &targetChanges{}
	}
	return a.targets[role]
}

// holdsTargets refuses a role whose targets cannot be changed. The file of one that clients
// do not accept is not signed unasked: a signature confirms everything in it.
func (a *builder) holdsTargets(name model.RoleName) error {
	switch {
	case !name.HoldsTargets() && !name.Delegation():
		return a.fault("Choose targets or a delegation.", "%s holds no %s", name, a.dialect.Words().Targets())
	case !a.draft.Reached(name):
		return a.fault("Check which roles the repository has, or add the delegation first.", "there is no role %q", string(name))
	case a.repository == nil || name == model.RoleTargets:
		return nil // a targets that is broken is refused as a whole
	}
	role := a.repository.Role(name)
	if role == nil || role.State == model.RoleVerified || role.State == model.RoleUnpublished || slices.Contains(a.touched, name) || a.rewritten(name) {
		return nil
	}
	return a.fault("Witness it first: the signer then confirms its contents.", "%s cannot be changed in its present state: %s", name, worst(role))
}

// rewritten reports whether the changes so far write a new version of a file.
func (a *builder) rewritten(role model.RoleName) bool {
	before, after := a.draft.Before(role), a.draft.After(role)
	return after != nil && (before == nil || after.Version > before.Version)
}

// explainTargets says why the files change whose targets do.
func (a *builder) explainTargets() {
	for _, role := range a.draft.Rewritten() {
		if of := a.targets[role]; of != nil {
			a.addReason(role, "to %s", of.words(a.dialect.Words().Target))
		}
	}
}

// words counts what is added and removed, and names it where it is one.
func (t *targetChanges) words(target string) string {
	count := func(verb string, names []string) string {
		if len(names) == 1 {
			return fmt.Sprintf("%s %s %q", verb, target, names[0])
		}
		return verb + " " + model.Count(len(names), target)
	}
	var out []string
	if len(t.added) > 0 {
		out = append(out, count("add", t.added))
	}
	if len(t.removed) > 0 {
		out = append(out, count("remove", t.removed))
	}
	if len(out) == 0 {
		return "write it again: what was added is removed again"
	}
	return strings.Join(out, " and ")
}

// addedTo are the names that the changes add to a role.
func (a *builder) addedTo(role model.RoleName) []string {
	if of := a.targets[role]; of != nil {
		return of.added
	}
	return nil
}
