package flows

import (
	"slices"

	"trustdeck/model"
	"trustdeck/tui/flow"
)

const (
	oldKey  = "old-key"
	keepOld = "keep"
	dropOld = "remove"
)

// isHere reports whether the private half of a key is on this machine and can be used.
func isHere(f flow.Facts, id model.KeyID) bool {
	return slices.ContainsFunc(f.Keys, func(k model.PrivateKey) bool { return k.ID == id && k.Usable() })
}

// oldKeyStep asks what becomes of private keys that are replaced.
func oldKeyStep() flow.Step {
	return flow.Step{
		ID: oldKey, Flag: "old-key", Label: "Old key", Question: "What shall become of the private key that is replaced?", Kind: flow.Choice,
		Help: "It is on this machine. Nothing becomes of it before the new one is proved to work.",
		Options: func(_ flow.Facts, a flow.Answers) []flow.Option {
			why := "It does no harm here, and signs nothing of this repository any more."
			if a.First(rotated) == string(model.RoleRoot) {
				why = "A later root can be signed with it too, for clients that have missed this rotation."
			}
			return []flow.Option{
				{Value: keepOld, Label: "Keep it", Help: why},
				{Value: dropOld, Label: "Remove it", Help: "Its file is removed once everything is proved, unless another repository needs it. Without a backup the key is gone."},
			}
		},
		Default: func(flow.Facts, flow.Answers) []string { return []string{keepOld} },
		When: func(f flow.Facts, a flow.Answers) bool {
			r := repository(f, a)
			if r == nil {
				return false
			}
			role := r.Role(model.RoleName(a.First(rotated)))
			return role != nil && slices.ContainsFunc(role.Keys, func(id model.KeyID) bool {
				return isHere(f, id) && !slices.Contains(a.Values[nextRoot], string(id))
			})
		},
	}
}
