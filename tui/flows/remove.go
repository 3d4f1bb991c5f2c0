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

// SignerRemove takes the right to sign from somebody, in several repositories at
// once.
func SignerRemove(d Backend) *flow.Flow {
	return Planned(d, &flow.Flow{
		ID: "signer-remove", Title: "Remove a signer", Verb: "Remove the signer", Grade: flow.TypeName,
		Steps: append([]flow.Step{
			existingStep("From which repositories shall the signer be removed?"),
			{
				ID: signerName, Label: "Signer", Question: "Who shall not sign any more?", Kind: flow.Choice,
				HelpIn: func(d dialect.Conventions) string {
					return "The signer's role is deleted with what is in it" +
						dialect.Around(", and the signer's keys leave ", dialect.SharedRole(d), ". Tags that are released stay, and are signed again by a key that stays") + "."
				},
				Options: func(f flow.Facts, a flow.Answers) []flow.Option {
					return people(f, a.Values[repositories])
				},
			},
		}, unsignedSteps(true)...),
	}, func(f flow.Facts, a flow.Answers) ([]change.Request, error) {
		return allowing(f, a, asked(a, model.RemoveSigner{Name: a.First(signerName)})), nil
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
		Steps: append([]flow.Step{
			existingStep("Which repositories are looked at?"),
			{
				ID: leavers, Flag: "who", Label: "Who", Question: "Who is leaving?", Kind: flow.Several,
				HelpIn: func(d dialect.Conventions) string {
					return "Everybody whose keys may sign tags there, one choice a person: all keys, under all of their names." +
						dialect.Around(" A key that stands in ", dialect.SharedRole(d), " alone is what remains where somebody was removed half.")
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
					Kind: model.FaultUsage, Subject: string(p.GUN), Text: fmt.Sprintf("%s signs %s, which lies below the role of another signer", label(s), p.Role),
					Hint: "Whoever has the key of the role above must remove that delegation first" +
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
