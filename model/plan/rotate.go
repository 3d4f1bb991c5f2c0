package plan

import (
	"slices"

	"trustdeck/model"
)

// replacement is a key that no longer signs a role.
type replacement struct {
	key model.PublicKey
	// retire is true where it was asked to remove it from this machine.
	retire bool
}

// rotate has other keys sign a role.
func (a *builder) rotate(c model.RotateKey) error {
	if a.repository == nil {
		return a.fault("Initialise it with the keys that you want it to have.", "this plan only just initialises the repository")
	}
	for _, m := range a.makes {
		if m.Role == c.Role {
			return a.fault("Rotate it once.", "%s is rotated twice in this plan", c.Role)
		}
	}
	if err := a.threshold(c.Role, a.asRole(c)); err != nil {
		return err
	}
	server := heldByServer(c.Keys)
	switch {
	case a.served(c.Role) && !a.dialect.ServerKeys():
		return a.fault("Have its service ask for a root with another key, and countersign that.", "a robot signs %s, and has its only keys", c.Role)
	case a.online(c.Role) && !server:
		return a.fault("Let the server make a new key for it.", "the server always signs the %s", c.Role)
	case server && !a.serverMay(c.Role):
		return a.fault("Give keys that administrators hold.", "the server cannot sign %s", c.Role)
	case c.CosignRoots != 0 && c.Role != model.RoleRoot:
		return a.fault("Leave that out.", "keys of earlier roots can sign roots, but not %s", c.Role)
	case c.Role.TopLevel() && len(c.Replaced) > 0:
		return a.fault("Also list the keys that stay.", "all keys of %s would be replaced at once", c.Role)
	case c.Role.TopLevel():
		return a.rotateTop(c)
	}
	return a.rotateDelegation(c)
}

// serverMay reports whether a server can hold the key of a role.
func (a *builder) serverMay(role model.RoleName) bool {
	return a.online(role) || role == model.RoleSnapshot && a.dialect.ServerKeys()
}

// asRole gives the keys with the threshold that applies to them.
func (a *builder) asRole(c model.RotateKey) model.RoleKeys {
	if c.Role.Delegation() {
		return model.RoleKeys{Keys: c.Keys.Keys, Threshold: min(1, len(c.Keys.Keys))}
	}
	return c.Keys
}

func (a *builder) rotateTop(c model.RotateKey) error {
	before := a.draft.Listed(c.Role)
	keys := a.newKeys(c, before)
	spec, _ := a.draft.Delegated(model.RoleRoot, c.Role)
	if sameKeys(before, keys) && spec.Threshold == int64(c.Keys.Threshold) {
		return a.fault("Name other keys.", "%s already has these keys", c.Role)
	}
	if err := a.once(c.Role, keys); err != nil {
		return err
	}
	a.draft.SetRole(c.Role, c.Keys.Threshold, keys...)
	a.addReason(model.RoleRoot, "to change the keys of %s", c.Role)
	a.replace(before, keys, c.Retire)
	if c.Role == model.RoleTargets {
		a.draft.Bump(model.RoleTargets)
		a.addReason(model.RoleTargets, "because its keys change")
	}
	return a.earlier(c.CosignRoots)
}

// newKeys gives the keys of a rotation. A key of this machine that signs the role
// already is taken as it is listed, but for a root key that gets a new certificate.
func (a *builder) newKeys(c model.RotateKey, before []model.PublicKey) []model.PublicKey {
	choices := slices.Clone(c.Keys.Keys)
	for i, choice := range choices {
		if choice.Source != model.KeyHere || c.Role == model.RoleRoot && a.dialect.Certifies() {
			continue
		}
		for _, k := range before {
			if a.id(k) == choice.ID {
				choices[i] = model.KeyChoice{Source: model.KeyGiven, Public: k}
			}
		}
	}
	from := len(a.makes)
	keys := a.keys(c.Role, choices)
	for i := range a.makes[from:] {
		a.makes[from+i].Fresh = a.makes[from+i].Source == model.KeyServer
	}
	return keys
}

// once refuses a key that is named twice: it would count for one.
func (a *builder) once(role model.RoleName, keys []model.PublicKey) error {
	seen := map[model.KeyID]bool{}
	for _, k := range keys {
		id := a.id(k)
		if seen[id] {
			return a.fault("Name it once.", "key %s is given twice for %s", id.Short(), role)
		}
		seen[id] = true
	}
	return nil
}

// replace notes which keys are not among the new ones.
func (a *builder) replace(before, after []model.PublicKey, retire bool) {
	for _, k := range before {
		if !a.holds(after, a.id(k)) {
			a.replaced = append(a.replaced, replacement{k, retire})
		}
	}
}

// earlier has the keys of earlier roots sign the new one too.
func (a *builder) earlier(most int) error {
	if most == 0 {
		return nil
	}
	for i, raw := range a.former {
		if most > 0 && i >= most {
			break
		}
		root, err := a.dialect.Parse(model.RoleRoot, raw)
		if err != nil {
			return a.fault("Leave the earlier roots out.", "an earlier root is not readable: %v", err)
		}
		a.legacy = append(a.legacy, a.draft.Earlier(root))
	}
	return nil
}

// rotateDelegation replaces keys of a delegation, and in the roles that all signers sign.
func (a *builder) rotateDelegation(c model.RotateKey) error {
	delegators := a.draft.Delegators(c.Role)
	if len(delegators) == 0 {
		return a.fault("Check which roles the repository has.", "there is no role %q", string(c.Role))
	}
	from := delegators[0]
	spec, _ := a.draft.Delegated(from, c.Role)
	before := a.draft.Listed(c.Role)
	gone := c.Replaced
	for _, id := range gone {
		if !a.holds(before, id) {
			return a.fault("Check which keys it has.", "%s does not list key %s", c.Role, id.Short())
		}
	}
	if len(gone) == 0 {
		for _, k := range before {
			gone = append(gone, a.id(k))
		}
	}
	come := a.newKeys(c, before)
	next := a.substitute(before, gone, come)
	if len(before) == 0 {
		next = come
	}
	switch {
	case sameKeys(before, next):
		return a.fault("Name other keys.", "%s already has these keys", c.Role)
	case int64(len(next)) < spec.Threshold:
		return a.tooFew(c.Role, spec.Threshold, len(next))
	}
	if err := a.once(c.Role, next); err != nil {
		return err
	}
	a.draft.SetKeys(from, c.Role, next...)
	a.addReason(from, "to change the keys of %s", c.Role)
	a.touch(c.Role)
	a.replace(before, next, c.Retire)
	if _, signer := a.dialect.SignerOf(c.Role); !signer {
		return nil
	}
	for _, edge := range a.dialect.Shared() {
		released := a.draft.Listed(edge.Name)
		if !slices.ContainsFunc(gone, func(id model.KeyID) bool { return a.holds(released, id) }) {
			continue
		}
		if err := a.shareIn(edge, a.unshared(c.Role, gone), come); err != nil {
			return err
		}
	}
	return nil
}

// unshared are those of some keys that no other signer has.
func (a *builder) unshared(role model.RoleName, ids []model.KeyID) []model.KeyID {
	return slices.DeleteFunc(slices.Clone(ids), func(id model.KeyID) bool { return a.shared(role, id) })
}
