package flows

import (
	"fmt"
	"slices"
	"strings"

	"trustdeck/model"
	"trustdeck/model/admin/change"
	"trustdeck/model/health"
	"trustdeck/tui/flow"
)

const (
	roles = "roles"

	content   = "content"
	unchanged = "unchanged"
	fresh     = "fresh"
)

// Renew signs files again as they are, so that they expire later.
func Renew(d Backend) *flow.Flow {
	return Planned(d, &flow.Flow{
		ID: "renew", Title: "Renew signatures", Verb: "Renew", Grade: flow.Accept,
		Steps: []flow.Step{
			oneRepositoryStep("In which repository?"),
			rolesStep("Which files shall be signed again?", "They stay as they are, and get a new version, a new expiry and new signatures. This also brings a file back that has expired already.",
				renewable, expiring),
		},
	}, func(_ flow.Facts, a flow.Answers) ([]change.Request, error) {
		return asked(a, model.Renew{Roles: chosenRoles(a)}), nil
	})
}

// Witness vouches for files with keys of this machine.
func Witness(d Backend) *flow.Flow {
	return Planned(d, &flow.Flow{
		ID: "witness", Title: "Witness roles", Verb: "Witness", Grade: flow.Accept,
		Steps: append([]flow.Step{
			oneRepositoryStep("In which repository?"),
			rolesStep("Which roles do you want to witness?", "You sign what they say now, whoever wrote it, and so vouch for it: look at their tags first. A role without enough valid signatures can be used again.",
				witnessable, wanting),
			{
				ID: content, Flag: content, Label: "Content", Question: "What do the new files hold?", Kind: flow.Choice,
				Help: "Where the file of a removed signer is still on the server, a fresh file keeps old tags from coming back.",
				Options: func(flow.Facts, flow.Answers) []flow.Option {
					return []flow.Option{
						{Value: unchanged, Label: "The same as now", Help: "You vouch for every tag in them."},
						{Value: fresh, Label: "Only the tags that you keep", Help: "A fresh file takes the place of each. You vouch for the tags that you choose."},
					}
				},
				Default: func(flow.Facts, flow.Answers) []string { return []string{unchanged} },
				When: func(_ flow.Facts, a flow.Answers) bool {
					return !slices.ContainsFunc(chosenRoles(a), func(r model.RoleName) bool { return !r.Delegation() })
				},
			},
		}, unsignedSteps(false)...),
	}, func(f flow.Facts, a flow.Answers) ([]change.Request, error) {
		return allowing(f, a, asked(a, model.Witness{Roles: chosenRoles(a), Fresh: a.First(content) == fresh})), nil
	})
}

// asked has one change made in all repositories of the answer.
func asked(a flow.Answers, c model.Change) []change.Request {
	var out []change.Request
	for _, name := range a.Values[repositories] {
		out = append(out, change.Request{GUN: model.GUN(name), Changes: []model.Change{c}})
	}
	return out
}

// oneRepositoryStep asks for a repository that has trust data.
func oneRepositoryStep(question string) flow.Step {
	step := existingStep(question)
	step.Help = "The full name, with the registry and without a tag: registry.example.org/team/app."
	several := step.Check
	step.Check = func(f flow.Facts, a flow.Answers) error {
		if len(a.Values[repositories]) > 1 {
			return fmt.Errorf("one repository is wanted")
		}
		return several(f, a)
	}
	return step
}

// existingStep asks for repositories that have trust data.
func existingStep(question string) flow.Step {
	step := repositoriesStep(question)
	named := step.Check
	step.Check = func(f flow.Facts, a flow.Answers) error {
		if err := named(f, a); err != nil {
			return err
		}
		for _, name := range a.Values[repositories] {
			if f.Repositories[name] == nil {
				return &model.Fault{
					Kind: model.FaultNotFound, Subject: name, Text: "there is no trust data",
					Hint: "Check the name, or initialise the repository: trustdeck init.",
				}
			}
		}
		return nil
	}
	return step
}

// repository is the one of the answer; nil before there is one.
func repository(f flow.Facts, a flow.Answers) *model.Repository {
	return f.Repositories[a.First(repositories)]
}

// rolesStep asks which roles of the repository are meant: of those that may be, it
// suggests the ones that need it.
func rolesStep(question, help string, may, need func(*model.Role) bool) flow.Step {
	return flow.Step{
		ID: roles, Label: "Roles", Question: question, Kind: flow.Several, Help: help,
		Options: func(f flow.Facts, a flow.Answers) []flow.Option {
			r := repository(f, a)
			if r == nil {
				return nil
			}
			var out []flow.Option
			for i := range r.Roles {
				if role := &r.Roles[i]; may(role) {
					out = append(out, flow.Option{Value: string(role.Name), Label: string(role.Name), Help: standing(f, role)})
				}
			}
			return out
		},
		Default: func(f flow.Facts, a flow.Answers) []string {
			r := repository(f, a)
			if r == nil {
				return nil
			}
			var out []string
			for i := range r.Roles {
				if role := &r.Roles[i]; may(role) && (need(role) || dueSoon(r, role)) {
					out = append(out, string(role.Name))
				}
			}
			return out
		},
	}
}

func chosenRoles(a flow.Answers) []model.RoleName {
	return model.Retype[model.RoleName](a.Values[roles])
}

// renewable are files that somebody here may sign.
func renewable(role *model.Role) bool {
	return role.Version > 0 && !role.Online
}

func expiring(role *model.Role) bool { return role.Expired }

func witnessable(role *model.Role) bool {
	return role.Version > 0 && (role.Name == model.RoleTargets || role.Name.Delegation())
}

func wanting(role *model.Role) bool { return role.Expired || role.Valid < role.Threshold }

func dueSoon(r *model.Repository, role *model.Role) bool {
	return role.Version > 0 && role.Expires.Sub(r.At) <= health.DefaultOptions().Soon
}

// standing says of a role how it is, and with which of its keys it could be signed
// here.
func standing(f flow.Facts, role *model.Role) string {
	verb := "expires"
	if role.Expired {
		verb = "expired"
	}
	out := fmt.Sprintf("Version %d, %s %s, %d of %d signatures.", role.Version, verb, role.Expires.Format("2006-01-02"), role.Valid, role.Threshold)
	switch {
	case role.State == model.RoleUnpublished:
		out = "Nothing is published of it yet."
	case role.Version == 0:
		out = "Its file could not be read."
	}
	if mine := keysHere(f, role); len(mine) > 0 {
		return out + " Here: key " + strings.Join(mine, ", ") + "."
	}
	return out + " None of its keys is here."
}

// keysHere are the short IDs of the keys of a role that are on this machine.
func keysHere(f flow.Facts, role *model.Role) []string {
	var out []string
	for _, k := range f.Keys {
		if k.Usable() && slices.Contains(role.Keys, k.ID) {
			out = append(out, k.ID.Short())
		}
	}
	return out
}
