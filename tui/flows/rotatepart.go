package flows

import (
	"slices"

	"trustdeck/model"
	"trustdeck/tui/flow"
)

// nextTop are a new key, the keys of this machine that can sign a role which has one of its
// keys replaced, and none where the others are enough.
func nextTop(f flow.Facts, a flow.Answers) []flow.Option {
	out := []flow.Option{{Value: newKey, Label: "A new key", Help: "trustdeck makes it on this machine, with a passphrase that you choose."}}
	if !alone(a) {
		out[0].Label, out[0].Help = "A new key for each", "trustdeck makes one for each repository on this machine, with passphrases that you choose."
	}
	signs := func(k model.PrivateKey, role model.RoleName) bool {
		return slices.ContainsFunc(named(f, a), func(r *model.Repository) bool { return k.IsAny(keysOf(r, role)) })
	}
	if replacesSome(f, a) {
		out = append(out, flow.Option{Value: noKey, Label: "None", Help: "The other keys stay, and the threshold with them."})
	}
	out = append(out, fileOption())
	var others []flow.Option
	for _, k := range f.Keys {
		own := replacesSome(f, a) && signs(k, model.RoleRoot)
		o := flow.Option{Value: string(k.ID), Label: held(f, a, k.ID, keyName(k.ID, k.Label, k.GUN)) + usedIn(f, k) + onWhich(&k), Help: describePrivate(f, k)}
		switch {
		case !k.Usable(), signs(k, model.RoleName(a.First(rotated))):
		case own:
			out = append(out, o)
		case k.Label == a.First(rotated):
			others = append(others, o)
		}
	}
	return append(out, others...)
}

// manyKeys reports whether a top-level role has several keys that administrators hold, of
// which some may stay.
func manyKeys(f flow.Facts, a flow.Answers) bool {
	role := model.RoleName(a.First(rotated))
	return role.TopLevel() && f.Dialect != nil && !slices.Contains(f.Dialect.Online(), role) && len(rotatedKeys(f, a)) > 1
}

// replacesSome reports whether some keys of a top-level role are replaced, and which those
// are is asked for by themselves. Which keys a root has is asked for as a whole.
func replacesSome(f flow.Facts, a flow.Answers) bool {
	return alone(a) && a.First(rotated) != string(model.RoleRoot) && manyKeys(f, a)
}

// replacedStep asks which of several keys are replaced. For a root that is a part of which
// keys it is to have, and only a command line says it.
func replacedStep() flow.Step {
	return flow.Step{
		ID: replaced, Flag: "replace", Label: "Old keys", Question: "Which of its keys do you want to replace?", Kind: flow.Several,
		When: func(f flow.Facts, a flow.Answers) bool {
			root := alone(a) && manyKeys(f, a) && a.Values[replaced] != nil
			return rotatesDelegation(f, a) && len(rotatedKeys(f, a)) > 1 || replacesSome(f, a) || root
		},
		Help:    "The others stay.",
		Resolve: resolveKeys(replaced, "of this role", keyOptions),
		Options: keyOptions,
		Default: func(f flow.Facts, a flow.Answers) []string {
			if replacesSome(f, a) {
				return nil
			}
			return model.Retype[string](rotatedKeys(f, a))
		},
	}
}

// keyOptions are the keys of the role.
func keyOptions(f flow.Facts, a flow.Answers) []flow.Option {
	var out []flow.Option
	signer, _ := f.Dialect.SignerOf(model.RoleName(a.First(rotated)))
	for _, id := range rotatedKeys(f, a) {
		help := "Afterwards it can no longer sign here."
		for _, r := range named(f, a) {
			if key, ok := r.Key(id); ok && key.Algorithm != "" {
				help = key.Algorithm + ". Afterwards it can no longer sign here."
			}
		}
		out = append(out, flow.Option{Value: string(id), Label: held(f, a, id, keyName(id, signer, "")), Help: help})
	}
	return out
}

// partRotation replaces some keys of a top-level role; the others stay, and the threshold.
func partRotation(f flow.Facts, r *model.Repository, a flow.Answers) (model.RotateKey, error) {
	role := r.Role(model.RoleName(a.First(rotated)))
	out := model.RotateKey{Role: role.Name, Keys: model.RoleKeys{Threshold: role.Threshold}}
	for _, id := range role.Keys {
		if !slices.Contains(a.Values[replaced], string(id)) {
			out.Keys.Keys = append(out.Keys.Keys, model.KeyChoice{Source: model.KeyHere, ID: id})
		}
	}
	switch value := a.First(nextHere); value {
	case noKey:
	case fromFile:
		given, err := givenKeys(f, a, nextFiles)
		out.Keys.Keys = append(out.Keys.Keys, given...)
		return out, err
	case newKey:
		out.Keys.Keys = append(out.Keys.Keys, newKeyChoice(a))
	default:
		id, err := model.ParseKeyID(value)
		if err != nil {
			return out, err
		}
		out.Keys.Keys = append(out.Keys.Keys, hereChoice(f, id))
	}
	return out, nil
}
