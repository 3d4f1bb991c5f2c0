package plan

import (
	"cmp"
	"slices"

	"trustdeck/model"
	"trustdeck/model/dialect"
)

// removeSigner takes a signer, or some keys of one, out of the roles that the dialect gives
// to signers.
func (a *builder) removeSigner(c model.RemoveSigner) error {
	if c.Name == "" {
		return a.removeStray(c)
	}
	// Any client may have named the delegation: a name that no new signer could have can
	// be removed.
	edges, err := a.dialect.SignerEdges(c.Name)
	if err != nil {
		return a.fault("Give the name of a signer.", "%v", err)
	}
	own := edges[0]
	if _, ok := a.draft.Delegated(own.From, own.Name); !ok {
		a.absent = append(a.absent, "signer "+c.Name)
		return nil
	}
	gone := a.ownKeys(own.Name)
	if len(c.Keys) > 0 {
		gone = slices.DeleteFunc(gone, func(id model.KeyID) bool { return !slices.Contains(c.Keys, id) })
		if whole, err := a.removeKeys(own, c); err != nil || !whole {
			return cmp.Or(err, a.share(gone, nil))
		}
	}
	a.draft.Undelegate(own.From, own.Name)
	a.addReason(own.From, "to remove %s's keys", c.Name)
	return a.share(gone, nil)
}

// removeKeys takes some of the keys of a signer out of its role. It reports whether
// none would be left: then the role goes as a whole.
func (a *builder) removeKeys(own model.Delegation, c model.RemoveSigner) (whole bool, err error) {
	role := own.Name
	now := a.draft.Listed(role)
	next := a.substitute(now, c.Keys, nil)
	spec, _ := a.draft.Delegated(own.From, role)
	switch {
	case len(next) == 0:
		return true, nil
	case sameKeys(now, next):
		a.absent = append(a.absent, "key "+c.Keys[0].Short()+" of "+c.Name)
		return false, nil
	case int64(len(next)) < spec.Threshold:
		return false, a.tooFew(role, spec.Threshold, len(next))
	}
	a.draft.SetKeys(own.From, role, next...)
	a.touch(own.Name)
	a.addReason(own.From, "to remove %s of %s", model.Count(len(now)-len(next), "key"), c.Name)
	return false, nil
}

// removeStray takes keys out of the shared roles that belong to no signer: what is left
// where somebody was removed half.
func (a *builder) removeStray(c model.RemoveSigner) error {
	shared := a.dialect.Shared()
	if len(c.Keys) == 0 {
		return a.fault("Give the name of a signer, or the keys to remove from "+dialect.SharedRole(a.dialect)+".", "no signer named to remove")
	}
	for _, id := range c.Keys {
		if a.shared("", id) {
			return a.fault("Remove it from the signer.", "key %s belongs to a signer", id.Short())
		}
		found := false
		for _, edge := range shared {
			if a.holds(a.draft.Listed(edge.Name), id) {
				found = true
				a.addReason(edge.From, "to remove key %s from %s: it belongs to no signer", id.Short(), edge.Name)
			}
		}
		if !found {
			a.absent = append(a.absent, "key "+id.Short())
		}
	}
	return a.share(c.Keys, nil)
}

// ownKeys lists the canonical IDs of the keys of a signer that no other signer has.
func (a *builder) ownKeys(role model.RoleName) []model.KeyID {
	var out []model.KeyID
	for _, k := range a.draft.Listed(role) {
		if id := a.id(k); !a.shared(role, id) {
			out = append(out, id)
		}
	}
	return out
}

// shared reports whether another signer has the key too.
func (a *builder) shared(role model.RoleName, id model.KeyID) bool {
	for _, other := range a.draft.After(model.RoleTargets).Roles {
		if _, signer := a.dialect.SignerOf(other.Name); signer && other.Name != role && a.holds(a.draft.Listed(other.Name), id) {
			return true
		}
	}
	return false
}

// share takes keys out of the roles that all signers sign, and puts others where the first
// of them was. Such a role goes where no key is left.
func (a *builder) share(gone []model.KeyID, come []model.PublicKey) error {
	for _, edge := range a.dialect.Shared() {
		if err := a.shareIn(edge, gone, come); err != nil {
			return err
		}
	}
	return nil
}

func (a *builder) shareIn(edge model.Delegation, gone []model.KeyID, come []model.PublicKey) error {
	spec, ok := a.draft.Delegated(edge.From, edge.Name)
	if !ok {
		return nil
	}
	now := a.draft.Listed(edge.Name)
	next := a.substitute(now, gone, come)
	if len(come) > 0 && !slices.ContainsFunc(next, func(k model.PublicKey) bool { return k.ID == come[0].ID }) {
		next = append(next, come...) // another signer keeps the key that is replaced
	}
	switch {
	case sameKeys(now, next):
		return nil
	case len(next) == 0:
		a.draft.Undelegate(edge.From, edge.Name)
		return nil
	case int64(len(next)) < spec.Threshold:
		return a.tooFew(edge.Name, spec.Threshold, len(next))
	}
	a.draft.SetKeys(edge.From, edge.Name, next...)
	a.touch(edge.Name)
	return nil
}

func (a *builder) tooFew(role model.RoleName, threshold int64, left int) error {
	return a.fault("Give it another key first, or lower the threshold.",
		"%s needs %s but would have only %s left, so it could never be signed", role, model.Count(int(threshold), "signature"), model.Count(left, "key"))
}

// substitute replaces keys, by their canonical IDs, in place of the first of them.
func (a *builder) substitute(keys []model.PublicKey, gone []model.KeyID, come []model.PublicKey) []model.PublicKey {
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
func (a *builder) holds(keys []model.PublicKey, id model.KeyID) bool {
	return slices.ContainsFunc(keys, func(k model.PublicKey) bool { return a.id(k) == id })
}

// id is the canonical ID of a key, also where it is named by a symbol because its
// public half is not known yet; of a key that is to be made it is the symbol.
func (a *builder) id(k model.PublicKey) model.KeyID {
	for _, m := range a.makes {
		if m.Symbol == k.ID && m.ID != "" {
			return m.ID
		}
	}
	listed := listedKey{k.ID, k.Type, string(k.Public)}
	id, known := a.ids[listed]
	if !known {
		id = a.dialect.CanonicalID(k)
		a.ids[listed] = id
	}
	return id
}

// listedKey is what the canonical ID of a key follows from.
type listedKey struct {
	id     model.KeyID
	kind   model.KeyType
	public string
}

// lists reports whether a key, by its canonical ID, is listed anywhere once the
// changes are made.
func (a *builder) lists(id model.KeyID) bool { return len(a.listings(id)) > 0 }

// listings are the roles that list a key once the changes are made.
func (a *builder) listings(id model.KeyID) []model.RoleName {
	var out []model.RoleName
	for _, role := range a.repository.Roles {
		if a.holds(a.draft.Listed(role.Name), id) {
			out = append(out, role.Name)
		}
	}
	return out
}
