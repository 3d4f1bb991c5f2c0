package flows

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"trustdeck/model"
	changing "trustdeck/model/admin/change"
	"trustdeck/model/health"
	"trustdeck/tui/flow"
)

const (
	roles = "roles"

	content   = "content"
	unchanged = "unchanged"
	fresh     = "fresh"
)

// Witness vouches for files with keys of this machine.
func Witness(d Backend) *flow.Flow {
	return Planned(d, &flow.Flow{
		ID: "witness", Title: "Witness roles", Verb: "Witness", Grade: flow.Accept,
		Command: command("witness", repositories, roles),
		Steps: append([]flow.Step{
			existingStep("In which repositories?"),
			rolesStep("Which roles do you want to witness?", "You re-sign their current contents unchanged, so check their tags first. This makes a role with too few valid signatures usable again.",
				witnessable, wanting),
			{
				ID: content, Flag: content, Label: "Content", Question: "What do you want in the new files?", Kind: flow.Choice,
				Help: "If a removed signer's file is still on the server, a new file keeps its old tags from coming back.",
				Options: func(flow.Facts, flow.Answers) []flow.Option {
					return []flow.Option{
						{Value: unchanged, Label: "The same contents as now", Help: "You sign every tag in them."},
						{Value: fresh, Label: "Only the tags that you choose", Help: "A new file replaces each. You sign only the tags that you choose."},
					}
				},
				Default: func(flow.Facts, flow.Answers) []string { return []string{unchanged} },
				When: func(_ flow.Facts, a flow.Answers) bool {
					for _, value := range a.Values[roles] {
						if _, role := roleIn(a, value); !role.Delegation() {
							return false
						}
					}
					return true
				},
			},
		}, unsignedSteps(false)...),
	}, func(f flow.Facts, a flow.Answers) ([]changing.Request, error) {
		return allowing(f, a, ofRoles(a, a.Values[repositories], func(chosen []model.RoleName) model.Change {
			return model.Witness{Roles: chosen, Fresh: a.First(content) == fresh}
		})), nil
	})
}

// asked has one change made in all repositories of the answer.
func asked(a flow.Answers, c model.Change) []changing.Request {
	var out []changing.Request
	for _, name := range a.Values[repositories] {
		out = append(out, changing.Request{GUN: model.GUN(name), Changes: []model.Change{c}})
	}
	return out
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
					Hint: "Check the name, or initialise the repository with: trustdeck init",
				}
			}
		}
		return nil
	}
	return step
}

// rolesStep asks which roles of the repositories are meant: of those that may be, it
// suggests the ones that need it.
func rolesStep(question, help string, may, need func(*model.Role) bool) flow.Step {
	return flow.Step{
		ID: roles, Label: "Roles", Question: question, Kind: flow.Several, Help: help, Spell: spellRoles,
		Options: func(f flow.Facts, a flow.Answers) []flow.Option {
			return roleOptions(f, a, a.Values[repositories], func(_ *model.Repository, role *model.Role) bool { return may(role) })
		},
		Default: func(f flow.Facts, a flow.Answers) []string {
			return valuesOf(roleOptions(f, a, a.Values[repositories], func(r *model.Repository, role *model.Role) bool {
				return may(role) && (need(role) || dueIn(r, role, soon(f)))
			}))
		},
		Resolve: func(f flow.Facts, a flow.Answers) ([]string, error) {
			return resolveRoles(f, a, a.Values[repositories]), nil
		},
	}
}

// roleOptions are roles of repositories. Where there are several, the value of an option
// is the repository and the role.
func roleOptions(f flow.Facts, a flow.Answers, names []string, may func(*model.Repository, *model.Role) bool) []flow.Option {
	var out []flow.Option
	for _, name := range names {
		r := f.Repositories[name]
		if r == nil {
			continue
		}
		for i := range r.Roles {
			role := &r.Roles[i]
			if !may(r, role) {
				continue
			}
			o := flow.Option{Value: string(role.Name), Label: string(role.Name), Help: standing(f, role)}
			if !alone(a) {
				o.Value, o.Label = name+" "+o.Value, o.Label+" of "+name
			}
			out = append(out, o)
		}
	}
	return out
}

func valuesOf(options []flow.Option) []string {
	var out []string
	for _, o := range options {
		out = append(out, o.Value)
	}
	return out
}

// alone reports whether one repository is named, whose roles need no other name.
func alone(a flow.Answers) bool { return len(a.Values[repositories]) == 1 }

// roleIn is the role that a value means, and its repository.
func roleIn(a flow.Answers, value string) (name string, role model.RoleName) {
	if name, short, ok := strings.Cut(value, " "); ok && !alone(a) {
		return name, model.RoleName(short)
	}
	return a.First(repositories), model.RoleName(value)
}

// resolveRoles takes the name of a role for that role of every repository that has it.
func resolveRoles(f flow.Facts, a flow.Answers, names []string) []string {
	var out []string
	for _, value := range a.Values[roles] {
		meant := []string{value}
		if name, role, ok := strings.Cut(value, " "); ok && alone(a) && name == a.First(repositories) {
			meant = []string{role}
		} else if !alone(a) && !ok {
			meant = valuesOf(roleOptions(f, a, names, func(_ *model.Repository, role *model.Role) bool { return string(role.Name) == value }))
		}
		if len(meant) == 0 {
			meant = []string{value} // it is not one of the choices
		}
		for _, one := range meant {
			if !slices.Contains(out, one) {
				out = append(out, one)
			}
		}
	}
	return out
}

// ofRoles asks for one change of the chosen roles of each repository; none of one of which
// no role is chosen.
func ofRoles(a flow.Answers, names []string, change func(chosen []model.RoleName) model.Change) []changing.Request {
	var out []changing.Request
	for _, name := range names {
		var chosen []model.RoleName
		for _, value := range a.Values[roles] {
			if of, role := roleIn(a, value); of == name {
				chosen = append(chosen, role)
			}
		}
		if len(chosen) > 0 {
			out = append(out, changing.Request{GUN: model.GUN(name), Changes: []model.Change{change(chosen)}})
		}
	}
	return out
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

// dueIn reports whether a role has expired or does so within some time.
func dueIn(r *model.Repository, role *model.Role, within time.Duration) bool {
	return role.Version > 0 && (role.Expired || role.Expires.Sub(r.At) <= within)
}

// soon is how long before an expiry a warning is given.
func soon(f flow.Facts) time.Duration { return cmp.Or(f.Soon, health.DefaultOptions().Soon) }

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
		out = "It has no published file yet."
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
		if k.Usable() && k.IsAny(role.Keys) && !slices.Contains(out, k.ID.Short()) {
			out = append(out, k.ID.Short())
		}
	}
	return out
}
