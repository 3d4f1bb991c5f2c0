package flows

import (
	"fmt"
	"slices"

	"trustdeck/model"
	"trustdeck/model/admin/change"
	"trustdeck/model/dialect"
	"trustdeck/tui/flow"
	"trustdeck/tui/text"
)

// The answers about which targets are revoked.
const (
	// TagScope asks whether all targets are meant, and EveryTag is the answer.
	TagScope = "scope"
	EveryTag = "every"
	someTags = "some"
)

// Revoke removes targets from the roles that list them.
func Revoke(d Backend) *flow.Flow {
	tags := tagsStep("Which tags do you want to revoke?", signedTag)
	tags.Suggest = suggestTags
	tags.When = func(_ flow.Facts, a flow.Answers) bool { return a.First(TagScope) != EveryTag }
	f := Planned(d, &flow.Flow{
		ID: "revoke", Title: "Revoke a tag", Verb: "Revoke", Grade: flow.TypeName,
		Command: switched(command("revoke", repositories), TagScope, EveryTag, "all"),
		Steps:   []flow.Step{existingStep("In which repositories?"), tagScopeStep(), tags, revokedRolesStep()},
	}, revocations)
	return mildly(withLeftOut(f, stillListed))
}

// revocations are the changes that remove the targets of the answers from the chosen roles.
func revocations(f flow.Facts, a flow.Answers) ([]change.Request, error) {
	var out []change.Request
	for _, r := range named(f, a) {
		asked := change.Request{GUN: r.GUN}
		for _, name := range rolesIn(a, r.GUN) {
			for _, tag := range revoked(a, r, r.Role(name)) {
				asked.Changes = append(asked.Changes, model.RemoveTarget{Role: name, Name: tag})
			}
		}
		if len(asked.Changes) > 0 {
			out = append(out, asked)
		}
	}
	return out, nil
}

// tagScopeStep asks whether all targets are meant.
func tagScopeStep() flow.Step {
	return flow.Step{
		ID: TagScope, Label: "How many", Question: "How many tags do you want to revoke?", Kind: flow.Choice,
		HelpIn: func(d dialect.Conventions) string {
			return sentences(fmt.Sprintf("A %s that no role lists is no longer signed.", d.Words().Target),
				dialect.Around("What a client has already downloaded stays there; ", d.Words().Pull, " no longer accepts it."))
		},
		Options: func(f flow.Facts, _ flow.Answers) []flow.Option {
			words := f.Dialect.Words()
			return []flow.Option{
				{Value: someTags, Label: "Some", Help: fmt.Sprintf("You name the %s.", words.Targets())},
				{Value: EveryTag, Label: "All", Help: fmt.Sprintf("Every %s that a role lists.", words.Target)},
			}
		},
		Default: func(flow.Facts, flow.Answers) []string { return []string{someTags} },
		When:    func(_ flow.Facts, a flow.Answers) bool { return a.Values[Tags] == nil || a.Values[TagScope] != nil },
	}
}

// revokedRolesStep asks from which roles targets are removed: from all whose keys are here,
// unless somebody chooses others.
func revokedRolesStep() flow.Step {
	step := targetRolesStep("From which roles do you want to remove them?", "trustdeck suggests every role that lists one and whose keys are here. The plan names what clients still find elsewhere.",
		func(_ flow.Facts, a flow.Answers, r *model.Repository, role *model.Role) bool {
			return len(revoked(a, r, role)) > 0
		})
	step.Default = func(f flow.Facts, a flow.Answers) []string {
		var here, all []string
		for _, r := range named(f, a) {
			for i := range r.Roles {
				role := &r.Roles[i]
				if len(revoked(a, r, role)) == 0 {
					continue
				}
				value := roleValue(a, r.GUN, role.Name)
				if all = append(all, value); signable(f, role) {
					here = append(here, value)
				}
			}
		}
		if len(here) == 0 {
			return all
		}
		return here
	}
	return step
}

// mildly asks for no name where a plan does not change who can sign.
func mildly(f *flow.Flow) *flow.Flow {
	outcome := f.Outcome
	f.Outcome = func(facts flow.Facts, a flow.Answers) flow.Outcome {
		out := outcome(facts, a)
		if p, ok := out.(*planned); ok {
			p.mild = true
		}
		return out
	}
	return f
}

// revoked are the targets of the answers that a role lists.
func revoked(a flow.Answers, r *model.Repository, role *model.Role) []string {
	var out []string
	if role == nil || !role.Name.HoldsTargets() {
		return nil
	}
	if a.First(TagScope) == EveryTag {
		for i := range role.Targets {
			out = append(out, role.Targets[i].Name)
		}
		return out
	}
	for _, tag := range tagsOf(a, r.GUN) {
		if targetIn(role, tag) != nil {
			out = append(out, tag)
		}
	}
	return out
}

// stillListed says which roles still list a target and are not changed.
func stillListed(f flow.Facts, a flow.Answers) []string {
	var out []string
	for _, r := range named(f, a) {
		for i := range r.Roles {
			role := &r.Roles[i]
			tags := revoked(a, r, role)
			if len(tags) == 0 || slices.Contains(rolesIn(a, r.GUN), role.Name) {
				continue
			}
			var names []string
			for _, tag := range tags {
				names = append(names, text.Clean(tag))
			}
			line := fmt.Sprintf("%s still lists %s. %s", role.Name, few(names), keysOfRole(f, role))
			if !alone(a) {
				line = string(r.GUN) + ": " + line
			}
			out = append(out, line)
		}
	}
	return out
}

// keysOfRole says whether a role can be signed here.
func keysOfRole(f flow.Facts, role *model.Role) string {
	switch mine := keysHere(f, role); {
	case len(mine) == 0:
		return "None of its keys is here"
	case len(mine) < role.Threshold:
		return fmt.Sprintf("Only %s of its keys is here, and %d must sign", mine[0], role.Threshold)
	default:
		return "You left it out"
	}
}
