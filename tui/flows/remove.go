package flows

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/admin/change"
	"trustdeck/model/dialect"
	"trustdeck/tui/flow"
)

// SignerRemove takes the right to sign from signers, in several repositories at once.
func SignerRemove(d Backend) *flow.Flow {
	return Planned(d, &flow.Flow{
		ID: "signer-remove", Title: "Remove a signer", Verb: "Remove the signer", Grade: flow.TypeName,
		Command: command("signer remove", repositories),
		Steps: append([]flow.Step{
			existingStep("From which repositories do you want to remove signers?"),
			{
				ID: signerName, Flag: "name", Label: "Signer", Question: "Which signers do you want to remove?", Kind: flow.Several,
				HelpIn: func(d dialect.Conventions) string {
					return "trustdeck deletes the signer's role with its contents" +
						dialect.Around(", and removes the signer's keys from ", dialect.SharedRole(d), ". Published tags stay; a remaining key re-signs them") + "."
				},
				Options: func(f flow.Facts, a flow.Answers) []flow.Option {
					return people(f, a.Values[repositories])
				},
			},
		}, unsignedSteps(true)...),
	}, func(f flow.Facts, a flow.Answers) ([]change.Request, error) {
		var asked []change.Request
		for _, name := range a.Values[repositories] {
			r := change.Request{GUN: model.GUN(name)}
			for _, who := range a.Values[signerName] {
				r.Changes = append(r.Changes, model.RemoveSigner{Name: who})
			}
			asked = append(asked, r)
		}
		return allowing(f, a, asked), nil
	})
}

// people are the signers of repositories by name, with where they are.
func people(f flow.Facts, names []string) []flow.Option {
	where := map[string][]string{}
	var order []string
	for _, name := range names {
		r := f.Repositories[name]
		if r == nil {
			continue
		}
		for _, s := range r.Signers {
			if where[s.Name] == nil {
				order = append(order, s.Name)
			}
			where[s.Name] = append(where[s.Name], name)
		}
	}
	slices.Sort(order)
	var out []flow.Option
	for _, name := range order {
		out = append(out, flow.Option{Value: name, Label: name, Help: "In " + strings.Join(where[name], ", ") + "."})
	}
	return out
}

const leavers = "who"

// OffBoard goes through everybody who may sign, and takes the right from those who
// have left.
func OffBoard(d Backend) *flow.Flow {
	return Planned(d, &flow.Flow{
		ID: "off-board", Title: "Off-board signers", Verb: "Remove them", Grade: flow.TypeName,
		Command: command("off-board", repositories),
		Steps: append([]flow.Step{
			existingStep("Which repositories do you want to check?"),
			{
				ID: leavers, Flag: "who", Label: "People", Question: "Who is leaving?", Kind: flow.Several,
				HelpIn: func(d dialect.Conventions) string {
					return "Everyone whose keys may sign tags there, one choice per person: all keys under all of their names." +
						dialect.Around(" A key that is only in ", dialect.SharedRole(d), " is left over from a signer who was only partly removed.")
				},
				Options: leaverOptions,
				Default: selectedLeavers,
				Resolve: resolveLeavers,
			},
		}, unsignedSteps(true)...),
	}, func(f flow.Facts, a flow.Answers) ([]change.Request, error) {
		asked, err := removals(f, audited(f, a.Values[repositories]), a.Values[leavers])
		return allowing(f, a, asked), err
	})
}

// removals are what must be asked of which repository so that those who are chosen
// can sign nothing any more.
func removals(f flow.Facts, all []admin.KnownSigner, chosen []string) ([]change.Request, error) {
	gone := map[model.GUN]map[string][]model.KeyID{}
	for i := range all {
		s := &all[i]
		if !slices.Contains(chosen, leaver(s)) {
			continue
		}
		for _, p := range s.Places {
			name, isSigner := f.Dialect.SignerOf(p.Role)
			if p.Role != "" && !isSigner {
				return nil, &model.Fault{
					Kind: model.FaultUsage, Subject: string(p.GUN), Text: fmt.Sprintf("%s signs %s, which is below another signer's role", label(s), p.Role),
					Hint: "The holder of the key for the role above must remove that delegation first" +
						dialect.Around(": ", f.Dialect.Words().Commands.Undelegate.Name(), "") + ".",
				}
			}
			if gone[p.GUN] == nil {
				gone[p.GUN] = map[string][]model.KeyID{}
			}
			gone[p.GUN][name] = append(gone[p.GUN][name], s.Key)
		}
	}
	var out []change.Request
	for _, gun := range slices.Sorted(maps.Keys(gone)) {
		asked := change.Request{GUN: gun}
		for _, name := range slices.Sorted(maps.Keys(gone[gun])) {
			asked.Changes = append(asked.Changes, removal(f.Repositories[string(gun)], name, gone[gun][name]))
		}
		out = append(out, asked)
	}
	return out, nil
}

// removal takes keys from a signer, or the signer as a whole where none is left.
func removal(r *model.Repository, name string, keys []model.KeyID) model.RemoveSigner {
	slices.Sort(keys)
	if name != "" {
		role := r.Signer(name)
		if !slices.ContainsFunc(role.Keys, func(id model.KeyID) bool { return !slices.Contains(keys, id) }) {
			return model.RemoveSigner{Name: name}
		}
	}
	return model.RemoveSigner{Name: name, Keys: keys}
}
