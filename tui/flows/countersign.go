package flows

import (
	"cmp"
	"slices"

	"trustdeck/model"
	changing "trustdeck/model/admin/change"
	"trustdeck/tui/flow"
)

// Countersign adds signatures to files that wait for several people's.
func Countersign(d Backend) *flow.Flow {
	step := rolesStep("Which files do you want to sign?",
		"They were written for several people to sign, and stay as they are. The review shows what they say. Signatures that others have made, or have yet to make, are left alone.",
		(*model.Role).AwaitsSignatures, func(*model.Role) bool { return true })
	named := step.Options
	step.Options = func(f flow.Facts, a flow.Answers) []flow.Option {
		out := named(f, a)
		for i := range out {
			name, role := roleIn(a, out[i].Value)
			if who := yetToSign(f.Repositories[name], role); len(who) > 0 {
				out[i].Help += " Asked and not signed: " + few(who) + "."
			}
		}
		return out
	}
	step.None = func(_ flow.Facts, a flow.Answers) error {
		return &model.Fault{
			Kind: model.FaultUsage, Subject: a.First(repositories), Text: "no file waits for signatures",
			Hint: "To sign roles again as new versions, renew or witness them.",
		}
	}
	step.Default = func(f flow.Facts, a flow.Answers) []string {
		mine := roleOptions(f, a, a.Values[repositories], func(_ *model.Repository, role *model.Role) bool {
			return role.AwaitsSignatures() && lacksMine(f, role)
		})
		if len(mine) == 0 {
			return valuesOf(named(f, a))
		}
		return valuesOf(mine)
	}
	return Planned(d, &flow.Flow{
		ID: "countersign", Title: "Countersign", Verb: "Sign", Grade: flow.Accept,
		Command: command("countersign", repositories, roles),
		Steps:   []flow.Step{existingStep("In which repositories?"), step},
	}, func(_ flow.Facts, a flow.Answers) ([]changing.Request, error) {
		return ofRoles(a, a.Values[repositories], func(chosen []model.RoleName) model.Change {
			return model.Countersign{Roles: chosen}
		}), nil
	})
}

// lacksMine reports whether a role has no valid signature by some key of this machine that may
// sign it.
func lacksMine(f flow.Facts, role *model.Role) bool {
	return slices.ContainsFunc(f.Keys, func(k model.PrivateKey) bool {
		return k.Usable() && k.IsAny(role.Keys) && !slices.ContainsFunc(role.Signatures, func(s model.Signature) bool {
			return s.State == model.SignatureValid && k.IsAny([]model.KeyID{s.Key})
		})
	})
}

// yetToSign are those who are asked to sign a role and have not.
func yetToSign(r *model.Repository, name model.RoleName) []string {
	var out []string
	for _, s := range r.Role(name).Asked() {
		key, _ := r.Key(s.Key)
		out = append(out, cmp.Or(key.Holder, "key "+cmp.Or(s.Key, s.KeyID).Short()))
	}
	return out
}
