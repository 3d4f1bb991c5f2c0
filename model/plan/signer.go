package plan

import (
	"cmp"
	"slices"

	"trustdeck/model"
	"trustdeck/model/notary"
)

// removeSigner takes a signer, or some keys of one, out of targets and of
// targets/releases.
func (a *author) removeSigner(c model.RemoveSigner) error {
	if c.Name == "" {
		return a.removeStray(c)
	}
	// Any client may have named the delegation: a name that no new signer could have can
	// be removed.
	role, err := model.ParseRoleName("targets/" + c.Name)
	switch {
	case err != nil:
		return a.fault("Give the name of a signer.", "%v", err)
	case role == model.RoleReleases:
		return a.fault("Give the name of a signer.", "%q is the name of the role that holds the released tags", c.Name)
	case role.Depth() != 1:
		return a.fault("Give the name of a signer.", "%q is not the name of a signer", c.Name)
	}
	if _, ok := a.draft.Delegated(role); !ok {
		a.absent = append(a.absent, c.Name)
		return nil
	}
	gone := a.ownKeys(role)
	if len(c.Keys) > 0 {
		gone = slices.DeleteFunc(gone, func(id model.KeyID) bool { return !slices.Contains(c.Keys, id) })
		if whole, err := a.removeKeys(role, c); err != nil || !whole {
			return cmp.Or(err, a.releases(gone, nil))
		}
	}
	a.draft.Undelegate(role)
	a.because(model.RoleTargets, "it no longer names the keys of %s", c.Name)
	return a.releases(gone, nil)
}

// removeKeys takes some of the keys of a signer out of its role. It reports whether
// none would be left: then the role goes as a whole.
func (a *author) removeKeys(role model.RoleName, c model.RemoveSigner) (whole bool, err error) {
	now := a.draft.Listed(role)
	next := a.substitute(now, c.Keys, nil)
	spec, _ := a.draft.Delegated(role)
	switch {
	case len(next) == 0:
		return true, nil
	case sameKeys(now, next):
		a.absent = append(a.absent, "key "+c.Keys[0].Short()+" of "+c.Name)
		return false, nil
	case int64(len(next)) < spec.Threshold:
		return false, a.tooFew(role, spec.Threshold, len(next))
	}
	a.draft.SetKeys(role, next...)
	a.touch(role)
	a.because(model.RoleTargets, "it names %s less of %s", count(len(now)-len(next), "key"), c.Name)
	return false, nil
}

// removeStray takes keys out of targets/releases that belong to no signer: what is left
// where somebody was removed half.
func (a *author) removeStray(c model.RemoveSigner) error {
	if len(c.Keys) == 0 {
		return a.fault("Give the name of a signer, or the keys that shall leave targets/releases.", "nobody is named who shall be removed")
	}
	for _, id := range c.Keys {
		if a.shared("", id) {
			return a.fault("Remove it from the signer.", "key %s belongs to a signer", id.Short())
		}
		if !a.holds(a.draft.Listed(model.RoleReleases), id) {
			a.absent = append(a.absent, "key "+id.Short())
			continue
		}
		a.because(model.RoleTargets, "targets/releases no longer has the key %s, which belongs to no signer", id.Short())
	}
	return a.releases(c.Keys, nil)
}

// ownKeys lists the canonical IDs of the keys of a signer that no other signer has.
func (a *author) ownKeys(role model.RoleName) []model.KeyID {
	var out []model.KeyID
	for _, k := range a.draft.Listed(role) {
		if id := a.id(k); !a.shared(role, id) {
			out = append(out, id)
		}
	}
	return out
}

// shared reports whether another signer has the key too.
func (a *author) shared(role model.RoleName, id model.KeyID) bool {
	for _, other := range a.draft.After(model.RoleTargets).Roles {
		if other.Name == role || other.Name == model.RoleReleases || other.Name.Depth() != 1 {
			continue
		}
		if a.holds(a.draft.Listed(other.Name), id) {
			return true
		}
	}
	return false
}

// releases takes keys out of targets/releases, and puts others where the first of
// them was. It goes where no key is left.
func (a *author) releases(gone []model.KeyID, come []model.PublicKey) error {
	spec, ok := a.draft.Delegated(model.RoleReleases)
	if !ok {
		return nil
	}
	now := a.draft.Listed(model.RoleReleases)
	next := a.substitute(now, gone, come)
	if len(come) > 0 && !slices.ContainsFunc(next, func(k model.PublicKey) bool { return k.ID == come[0].ID }) {
		next = append(next, come...) // another signer keeps the key that is replaced
	}
	switch {
	case sameKeys(now, next):
		return nil
	case len(next) == 0:
		a.draft.Undelegate(model.RoleReleases)
		return nil
	case int64(len(next)) < spec.Threshold:
		return a.tooFew(model.RoleReleases, spec.Threshold, len(next))
	}
	a.draft.SetKeys(model.RoleReleases, next...)
	a.touch(model.RoleReleases)
	return nil
}

func (a *author) tooFew(role model.RoleName, threshold int64, left int) error {
	return a.fault("Give it another key first, or lower the threshold.",
		"%s needs %s, and would have only %s left: nothing could ever be signed in it", role, count(int(threshold), "signature"), count(left, "key"))
}

// substitute replaces keys, by their canonical IDs, in place of the first of them.
func (a *author) substitute(keys []model.PublicKey, gone []model.KeyID, come []model.PublicKey) []model.PublicKey {
	var out []model.PublicKey
	for _, k := range keys {
		if !slices.Contains(gone, a.id(k)) {
			out = append(out, k)
			continue
		}
		out, come = append(out, come...), nil
	}
	return out
}

func sameKeys(a, b []model.PublicKey) bool {
	return slices.EqualFunc(a, b, func(x, y model.PublicKey) bool { return x.ID == y.ID })
}

// holds reports whether a key is among some, by its canonical ID.
func (a *author) holds(keys []model.PublicKey, id model.KeyID) bool {
	return slices.ContainsFunc(keys, func(k model.PublicKey) bool { return a.id(k) == id })
}

// id is the canonical ID of a key, also where it is named by a symbol because its
// public half is not known yet; of a key that is to be made it is the symbol.
func (a *author) id(k model.PublicKey) model.KeyID {
	for _, m := range a.makes {
		if m.Symbol == k.ID && m.ID != "" {
			return m.ID
		}
	}
	return notary.CanonicalID(k)
}

// lists reports whether a key, by its canonical ID, is listed anywhere once the
// changes are made.
func (a *author) lists(id model.KeyID) bool { return len(a.listings(id)) > 0 }

// listings are the roles that list a key once the changes are made.
func (a *author) listings(id model.KeyID) []model.RoleName {
	var out []model.RoleName
	for _, role := range a.repository.Roles {
		if a.holds(a.draft.Listed(role.Name), id) {
			out = append(out, role.Name)
		}
	}
	return out
}
