package attest

import (
	"bytes"
	"errors"
	"slices"

	"trustdeck/model"
)

// RootKey is a root key of a repository, and whether it is proved to live on a token.
type RootKey struct {
	model.Key
	// Chain is the one that proves it, else one that is for it and does not; nil without any.
	Chain *Chain
	// Refusal says why it is not proved; nil where it is.
	Refusal error
	// Shared are other root keys that are proved to live on the same token.
	Shared []model.KeyID
}

// Proved reports whether the key is proved to live on a token.
func (k *RootKey) Proved() bool { return k.Refusal == nil }

// Joined are the root keys of a repository with what an audit proves of them.
type Joined struct {
	Keys []RootKey
	// Threshold is how many of the keys must sign the root.
	Threshold int
	// Strangers are the chains that are for no root key.
	Strangers []*Chain
}

// Proved counts the keys that are.
func (j *Joined) Proved() int {
	n := 0
	for i := range j.Keys {
		if j.Keys[i].Proved() {
			n++
		}
	}
	return n
}

// Join says which root keys of a repository the audit proves to live on tokens. It compares
// public keys: no name of a file, and no ID, counts.
func (a *Audit) Join(r *model.Repository) *Joined {
	out := &Joined{}
	role := r.Role(model.RoleRoot)
	if role == nil {
		return out
	}
	out.Threshold = role.Threshold
	known := map[*Chain]bool{}
	for _, id := range role.Keys {
		key, ok := r.Key(id)
		if !ok {
			key.ID = id
		}
		one := RootKey{Key: key, Refusal: a.absent(key)}
		for i := range a.Chains {
			c := &a.Chains[i]
			if key.SPKI == nil || !bytes.Equal(spki(c.Key.Certificate), key.SPKI) {
				continue
			}
			known[c] = true
			if one.Chain == nil || !one.Chain.Proved() {
				one.Chain, one.Refusal = c, c.Refusal
			}
		}
		out.Keys = append(out.Keys, one)
	}
	for i := range a.Chains {
		if !known[&a.Chains[i]] {
			out.Strangers = append(out.Strangers, &a.Chains[i])
		}
	}
	out.findShared()
	return out
}

// absent is why a key without a chain is not proved.
func (a *Audit) absent(key model.Key) error {
	switch {
	case key.SPKI == nil:
		return errors.New("its public key can't be read")
	case slices.ContainsFunc(a.Unused, func(c Certificate) bool { return bytes.Equal(spki(c.Certificate), key.SPKI) }):
		return errors.New("the certificate of it here was not made by a token")
	default:
		return errors.New("no certificate here is for it")
	}
}

// findShared notes which proved keys are on one token: they are lost together. Only the serial
// tells: tokens of a batch have the same certificate in slot F9.
func (j *Joined) findShared() {
	for i := range j.Keys {
		for n := range j.Keys {
			a, b := &j.Keys[i], &j.Keys[n]
			if i != n && a.Proved() && b.Proved() && a.Chain.Statement.Serial != "" && a.Chain.Statement.Serial == b.Chain.Statement.Serial {
				a.Shared = append(a.Shared, b.ID)
			}
		}
	}
}
