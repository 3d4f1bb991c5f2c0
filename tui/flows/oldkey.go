package flows

import (
	"context"
	"slices"
	"strings"

	"trustdeck/model"
	"trustdeck/model/admin/change"
	"trustdeck/model/dialect"
	"trustdeck/model/port"
	"trustdeck/tui/flow"
)

const (
	oldKey  = "old-key"
	keepOld = "keep"
	dropOld = "remove"

	areNotAll = "no"
)

// TheseAreAll is the ID of the question whether the repositories that are known are all,
// and AreAll the answer that says so.
const (
	TheseAreAll = "these-are-all"
	AreAll      = "yes"
)

// isHere reports whether the private half of a key is on this machine and can be used. What is on a
// token isn't: it stays there, whatever is answered.
func isHere(f flow.Facts, id model.KeyID) bool {
	return slices.ContainsFunc(f.Keys, func(k model.PrivateKey) bool { return k.Is(id) && k.Usable() && k.Place != model.PlaceToken })
}

// oldKeyStep asks what becomes of private keys that are replaced.
func oldKeyStep(d Backend) flow.Step {
	return flow.Step{
		ID: oldKey, Flag: "old-key", Label: "Old key", Question: "What should happen to the old private key?", Kind: flow.Choice,
		Help: "It is on this machine. trustdeck doesn't touch it before it has verified the new one.",
		Options: func(f flow.Facts, a flow.Answers) []flow.Option {
			why := "It does no harm here, but can no longer sign for this repository."
			if _, lapses := f.Dialect.(dialect.Lapsing); lapses && a.First(rotated) == string(model.RoleRoot) {
				why = "You can also sign a later root with it, for clients that missed this rotation."
			}
			return []flow.Option{
				{Value: keepOld, Label: "Keep it", Help: why},
				{Value: dropOld, Label: "Remove it", Help: "trustdeck removes its file after it has verified the change, if no other repository needs the key and it has a checked backup. Otherwise it stays."},
			}
		},
		Default: func(flow.Facts, flow.Answers) []string { return []string{keepOld} },
		Inquire: func(f flow.Facts, a flow.Answers) flow.Inquiry {
			if a.First(oldKey) != dropOld || !oldKeyIsHere(f, a) || flow.Known[*change.Known](f) != nil {
				return nil
			}
			return func(ctx context.Context, _ port.Interaction) (func(*flow.Facts), error) {
				known, err := d.KnownRepositories(ctx)
				return func(f *flow.Facts) { flow.Learn(f, &known) }, err
			}
		},
		// Where it was asked for beforehand and no such key is here, the plan says so.
		When: func(f flow.Facts, a flow.Answers) bool { return oldKeyIsHere(f, a) || a.Values[oldKey] != nil },
	}
}

// oldKeyIsHere reports whether a key that is replaced is on this machine.
func oldKeyIsHere(f flow.Facts, a flow.Answers) bool {
	return slices.ContainsFunc(named(f, a), func(r *model.Repository) bool {
		return slices.ContainsFunc(keysOf(r, model.RoleName(a.First(rotated))), func(id model.KeyID) bool {
			stays := slices.Contains(a.Values[nextRoot], string(id)) || len(a.Values[replaced]) > 0 && !slices.Contains(a.Values[replaced], string(id))
			return isHere(f, id) && !stays
		})
	})
}

// completeStep asks whether the repositories that are known are all that may need a key
// that is to be removed, where the server does not list its own.
func completeStep() flow.Step {
	return flow.Step{
		ID: TheseAreAll, Label: "Others", Question: "Are these all the repositories that may need the old key?", Kind: flow.Choice,
		Help: "The server doesn't list its repositories. A root key often serves several repositories; without it, no one can change who may sign there. trustdeck knows every repository that you have inspected here.",
		Options: func(f flow.Facts, a flow.Answers) []flow.Option {
			return []flow.Option{
				{Value: areNotAll, Label: "No, or I don't know", Help: "The key stays on this machine."},
				{Value: AreAll, Label: "Yes, these are all", Help: looked(f, a)},
			}
		},
		Default: func(flow.Facts, flow.Answers) []string { return []string{areNotAll} },
		When: func(f flow.Facts, a flow.Answers) bool {
			known := flow.Known[*change.Known](f)
			return a.First(oldKey) == dropOld && (a.Values[TheseAreAll] != nil || known != nil && known.Unlisted != nil)
		},
	}
}

// looked says which repositories are looked at.
func looked(f flow.Facts, a flow.Answers) string {
	known := flow.Known[*change.Known](f)
	if known == nil {
		return "trustdeck checks only the known ones."
	}
	var names []string
	for _, gun := range known.Repositories {
		if !slices.Contains(a.Values[repositories], string(gun)) {
			names = append(names, string(gun))
		}
	}
	if len(names) == 0 {
		return "No other repository is known here."
	}
	if !alone(a) {
		return "Besides these: " + strings.Join(names, ", ") + "."
	}
	return "Besides this one: " + strings.Join(names, ", ") + "."
}
