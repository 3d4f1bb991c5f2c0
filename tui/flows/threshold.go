package flows

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"trustdeck/model"
	"trustdeck/model/admin/change"
	"trustdeck/model/dialect"
	"trustdeck/model/quorum"
	"trustdeck/tui/flow"
)

// Threshold changes how many of its keys must sign a role.
func Threshold(d Backend) *flow.Flow {
	return Planned(d, &flow.Flow{
		ID: "threshold", Title: "Change a threshold", Verb: "Change the threshold", Grade: flow.TypeName,
		Command: command("threshold", repositories, delegation, signatures),
		Steps: append([]flow.Step{
			existingStep("In which repositories?"),
			{
				ID: delegation, Label: "Role", Question: "Which role's threshold do you want to change?", Kind: flow.Choice,
				Help:    "A threshold of 2 or more keeps a single key from signing the role alone. A threshold below the number of keys lets you lose a key.",
				Options: thresholdRoles,
				Default: func(f flow.Facts, a flow.Answers) []string {
					role := a.First(SelectedRole)
					if slices.Contains(valuesOf(thresholdRoles(f, a)), role) {
						return []string{role}
					}
					return nil
				},
			},
			delegatorStep(false),
			{
				ID: signerKeys, Flag: "key", Label: "Keys", Question: "Which public keys do you want to add?", Example: "alice.pub", Kind: flow.File,
				HelpIn: func(d dialect.Conventions) string {
					return sentences(keyFiles(d), "The holders keep the private keys.")
				},
				When:  func(_ flow.Facts, a flow.Answers) bool { return a.Values[signerKeys] != nil },
				Check: checkMoreKeys, Describe: describeKeyFile,
			},
			newKeysStep(func(_ flow.Facts, a flow.Answers) bool { return a.Values[newKeys] != nil }),
			algorithmStep(givesNew),
			{
				ID: signatures, Label: "Threshold", Question: "How many of the keys must sign?", Kind: flow.Choice,
				Help:    "Each choice says what happens if you lose a key.",
				Options: thresholdOptions,
			},
		}, unsignedSteps(true)...),
	}, func(f flow.Facts, a flow.Answers) ([]change.Request, error) {
		n, _ := strconv.Atoi(a.First(signatures)) // it is one of the choices
		more, err := moreKeys(f, a)
		set := model.SetThreshold{Role: model.RoleName(a.First(delegation)), From: model.RoleName(a.First(delegator)), Threshold: n, Add: more}
		return allowing(f, a, asked(a, set)), err
	})
}

// checkMoreKeys refuses public keys that the role has already.
func checkMoreKeys(f flow.Facts, a flow.Answers) error {
	keys, paths, err := publicKeys(f, a, signerKeys)
	role := model.RoleName(a.First(delegation))
	for i, k := range keys {
		for _, r := range named(f, a) {
			if slices.Contains(keysOf(r, role), f.Dialect.CanonicalID(k)) {
				return refusal(paths[i], fmt.Sprintf("%s already has this key", role), "Leave it out.")
			}
		}
	}
	return err
}

// thresholdRoles are root, targets and the delegations that all of the repositories have.
func thresholdRoles(f flow.Facts, a flow.Answers) []flow.Option {
	all := named(f, a)
	if len(all) == 0 {
		return nil
	}
	var out []flow.Option
	for i := range all[0].Roles {
		role := &all[0].Roles[i]
		may := role.Name == model.RoleRoot || role.Name.HoldsTargets()
		if !may || slices.ContainsFunc(all, func(r *model.Repository) bool { return r.Role(role.Name) == nil }) {
			continue
		}
		help := fmt.Sprintf("Now %d of %d must sign.", role.Threshold, len(role.Keys))
		if !alone(a) {
			help = fmt.Sprintf("In each of the %d repositories.", len(all))
		}
		out = append(out, flow.Option{Value: string(role.Name), Label: string(role.Name), Help: help})
	}
	return out
}

// thresholdOptions are the thresholds that the keys of the role can meet in all of the
// repositories, each with what it takes to publish the role then.
func thresholdOptions(f flow.Facts, a flow.Answers) []flow.Option {
	var out []flow.Option
	name := model.RoleName(a.First(delegation))
	for n := 1; n <= maxSignatures; n++ {
		label, help := fmt.Sprint(n), ""
		for _, r := range named(f, a) {
			q, now := examined(f, a, r, name, n)
			if q == nil || q.Unreachable != "" {
				return out
			}
			label = fmt.Sprintf("%d of %d", n, len(q.Keys))
			if n == now {
				label += " (as now)"
			}
			help = strings.Join(q.Explain(), " ")
		}
		if label == fmt.Sprint(n) {
			return out
		}
		if !alone(a) {
			label, help = fmt.Sprint(n), "In each of the repositories."
		}
		out = append(out, flow.Option{Value: fmt.Sprint(n), Label: label, Help: help})
	}
	return out
}

// examined works out what it takes to publish a role with another threshold; now is the
// one that it has.
func examined(f flow.Facts, a flow.Answers, r *model.Repository, name model.RoleName, n int) (q *quorum.Role, now int) {
	role := r.Role(name)
	if role == nil {
		return nil, 0
	}
	changed := *role
	changed.Parents = nil
	come := described(f, a)
	for _, edge := range role.Parents {
		if from := model.RoleName(a.First(delegator)); from != "" && edge.From != from {
			continue
		}
		now = int(edge.Threshold)
		edge.Threshold = int64(n)
		edge.KeyIDs = slices.Clone(edge.KeyIDs)
		for _, k := range come {
			edge.KeyIDs = append(edge.KeyIDs, k.ListedAs...)
		}
		changed.Parents = append(changed.Parents, edge)
	}
	// Only roles that say something of the holders of its keys are looked at.
	some := model.Repository{Keys: slices.Concat(r.Keys, come), Signers: r.Signers, Roles: []model.Role{changed}}
	for i := range r.Roles {
		other := &r.Roles[i]
		if other.Name != name && (other.Name.TopLevel() || slices.ContainsFunc(other.Keys, func(id model.KeyID) bool { return slices.Contains(role.Keys, id) })) {
			some.Roles = append(some.Roles, *other)
		}
	}
	known := f.Holders
	known.Here = nil
	for _, k := range f.Keys {
		known.Here = append(known.Here, k.IDs()...)
	}
	examined := quorum.Examine(&some, known)
	return &examined[0], now
}

// described are the keys that the role gets; one that is to be made has a name in place of its
// bytes.
func described(f flow.Facts, a flow.Answers) []model.Key {
	more, _ := moreKeys(f, a) // they were checked before
	var out []model.Key
	for i, k := range more {
		if k.Source == model.KeyGiven {
			out = append(out, f.Dialect.Describe(k.Public))
			continue
		}
		id := model.KeyID(fmt.Sprintf("new:%d", i))
		out = append(out, model.Key{ID: id, ListedAs: []model.KeyID{id}, SPKI: []byte(id)})
	}
	return out
}
