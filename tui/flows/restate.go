package flows

import (
	"slices"

	"trustdeck/model"
	changing "trustdeck/model/admin/change"
	"trustdeck/tui/flow"
)

// Restate lists keys in the form in which the dialect lists keys today.
func Restate(d Backend) *flow.Flow {
	options := func(f flow.Facts, a flow.Answers) []flow.Option {
		return roleOptions(f, a, a.Values[repositories], restatable(f))
	}
	step := flow.Step{
		ID: roles, Label: "Roles", Question: "Whose files do you want to restate the keys in?", Kind: flow.Several, Spell: spellRoles,
		Help:    "The keys stay what they are. Each gets the ID that follows from its form of today, and what it signs is signed again under that ID. A new root is signed under both IDs.",
		Options: options,
		Default: func(f flow.Facts, a flow.Answers) []string { return valuesOf(options(f, a)) },
		Resolve: func(f flow.Facts, a flow.Answers) ([]string, error) {
			return resolveRoles(f, a, a.Values[repositories]), nil
		},
		None: func(_ flow.Facts, a flow.Answers) error {
			return &model.Fault{
				Kind: model.FaultUsage, Subject: a.First(repositories), Text: "every key is listed in today's form already",
				Hint: "To replace a key, rotate it.",
			}
		},
	}
	return Planned(d, &flow.Flow{
		ID: "restate", Title: "Restate keys", Verb: "Restate", Grade: flow.Accept,
		Command: command("restate", repositories, roles),
		Steps:   append([]flow.Step{existingStep("In which repositories?"), step}, unsignedSteps(true)...),
	}, func(f flow.Facts, a flow.Answers) ([]changing.Request, error) {
		return allowing(f, a, ofRoles(a, a.Values[repositories], func(chosen []model.RoleName) model.Change {
			return model.RestateKeys{Roles: chosen}
		})), nil
	})
}

// restatable reports whether the file of a role lists keys in another form than that of today.
func restatable(f flow.Facts) func(*model.Repository, *model.Role) bool {
	known := map[*model.Repository][]model.RoleName{}
	return func(r *model.Repository, role *model.Role) bool {
		if _, ok := known[r]; !ok {
			known[r] = f.Dialect.Restatable(r)
		}
		return slices.Contains(known[r], role.Name)
	}
}
