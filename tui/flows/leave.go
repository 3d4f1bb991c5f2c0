package flows

import (
	"slices"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/tui/flow"
)

const (
	unsigned = "unsigned"
	await    = "wait"
	leave    = "leave"

	oldKey  = "old-key"
	keepOld = "keep"
	dropOld = "remove"
)

// leaveStep asks what becomes of a targets/releases that those who go have signed
// last, and that nobody here can sign instead. gone are the keys that go, by
// repository.
func leaveStep(gone func(flow.Facts, flow.Answers) map[string][]model.KeyID) flow.Step {
	return flow.Step{
		ID: unsigned, Flag: "unsigned-releases", Label: "Releases", Question: "What shall become of the released tags, which they have signed last?", Kind: flow.Choice,
		Help: "targets/releases has no valid signature without them, and no key here can sign it again.",
		Options: func(flow.Facts, flow.Answers) []flow.Option {
			return []flow.Option{
				{Value: await, Label: "Wait for another signer", Help: "The plan is not executed until a key that stays is here."},
				{Value: leave, Label: "Leave them unsigned", Help: "No client finds a released tag until a signer who stays has witnessed targets/releases."},
			}
		},
		Default: func(flow.Facts, flow.Answers) []string { return []string{await} },
		When: func(f flow.Facts, a flow.Answers) bool {
			for name, keys := range gone(f, a) {
				if r := f.Repositories[name]; r != nil && unsignedWithout(f, r, keys) {
					return true
				}
			}
			return false
		},
	}
}

// unsignedWithout reports whether targets/releases rests on the signatures of keys
// that go, and none that stays is here.
func unsignedWithout(f flow.Facts, r *model.Repository, gone []model.KeyID) bool {
	releases := r.Role(model.RoleReleases)
	if releases == nil || releases.Version == 0 {
		return false
	}
	signed := map[model.KeyID]bool{}
	for _, s := range releases.Signatures {
		if s.State == model.SignatureValid && !slices.Contains(gone, s.Key) {
			signed[s.Key] = true
		}
	}
	staying := slices.ContainsFunc(releases.Keys, func(id model.KeyID) bool {
		return !slices.Contains(gone, id) && isHere(f, id)
	})
	return len(signed) < releases.Threshold && !staying
}

// isHere reports whether the private half of a key is on this machine and can be used.
func isHere(f flow.Facts, id model.KeyID) bool {
	return slices.ContainsFunc(f.Keys, func(k model.PrivateKey) bool { return k.ID == id && k.Usable() })
}

// ofSigner are the keys that only one signer has.
func ofSigner(f flow.Facts, a flow.Answers) map[string][]model.KeyID {
	out := map[string][]model.KeyID{}
	for _, name := range a.Values[repositories] {
		if r := f.Repositories[name]; r != nil {
			out[name] = soleKeys(r, a.First(signerName))
		}
	}
	return out
}

func soleKeys(r *model.Repository, name string) []model.KeyID {
	var own []model.KeyID
	shared := map[model.KeyID]bool{}
	for _, s := range r.Signers() {
		if s.Name == name {
			own = s.Keys
			continue
		}
		for _, id := range s.Keys {
			shared[id] = true
		}
	}
	return slices.DeleteFunc(slices.Clone(own), func(id model.KeyID) bool { return shared[id] })
}

// ofLeavers are the keys of those who are ticked.
func ofLeavers(f flow.Facts, a flow.Answers) map[string][]model.KeyID {
	out := map[string][]model.KeyID{}
	for _, s := range audited(f, a.Values[repositories]) {
		if !slices.Contains(a.Values[leavers], leaver(&s)) {
			continue
		}
		for _, gun := range s.GUNs() {
			out[string(gun)] = append(out[string(gun)], s.Key)
		}
	}
	return out
}

// ofReplaced are the keys of a delegation that are replaced by somebody else's.
func ofReplaced(f flow.Facts, a flow.Answers) map[string][]model.KeyID {
	if !rotatesDelegation(f, a) || len(a.Values[nextFiles]) == 0 {
		return nil
	}
	gone := delegationKeys(f, a)
	if chosen := a.Values[replaced]; len(chosen) > 0 {
		gone = slices.DeleteFunc(slices.Clone(gone), func(id model.KeyID) bool { return !slices.Contains(chosen, string(id)) })
	}
	return map[string][]model.KeyID{a.First(repositories): gone}
}

// leaves has every removal leave releases unsigned where that was the answer.
func leaves(a flow.Answers, asked []admin.Asked) []admin.Asked {
	for i := range asked {
		for j, c := range asked[i].Changes {
			if r, ok := c.(model.RemoveSigner); ok {
				r.Leave = a.First(unsigned) == leave
				asked[i].Changes[j] = r
			}
		}
	}
	return asked
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
