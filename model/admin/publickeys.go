package admin

import (
	"slices"

	"trustdeck/model"
)

// PublicKey is a public key that repositories list, with where they do.
type PublicKey struct {
	// Key joins what the repositories say of it. Its ID is the canonical one of the first
	// that lists it.
	model.Key
	// IDs are all canonical IDs: dialects compute them in different ways.
	IDs []model.KeyID
	// Uses are the roles that list it.
	Uses []Use
	// Certified are the certificates under which it is listed.
	Certified []Certified
}

// Certified is a certificate under which a repository lists a key.
type Certified struct {
	model.Certificate
	// ID is the one under which metadata lists the key.
	ID model.KeyID
	// GUNs are the repositories.
	GUNs []model.GUN
}

// PublicKeys joins the public keys that repositories list, in the order of the repositories. A
// key is the same where its public half is.
func PublicKeys(views []Look) []PublicKey {
	var out []PublicKey
	at := map[string]int{}
	for _, v := range views {
		if v.Repository == nil {
			continue
		}
		for _, key := range v.Repository.Keys {
			name := string(key.ID)
			if key.SPKI != nil {
				name = key.Fingerprint()
			}
			i, known := at[name]
			if !known {
				i = len(out)
				at[name] = i
				out = append(out, PublicKey{Key: key})
			}
			out[i].join(v.GUN, key)
		}
	}
	return out
}

// join adds what a repository says of the key.
func (k *PublicKey) join(gun model.GUN, key model.Key) {
	if !slices.Contains(k.IDs, key.ID) {
		k.IDs = append(k.IDs, key.ID)
	}
	for _, role := range key.Roles {
		k.Uses = append(k.Uses, Use{gun, role})
	}
	for i, c := range key.Certificates {
		if i >= len(key.ListedAs) {
			break
		}
		n := slices.IndexFunc(k.Certified, func(have Certified) bool { return have.ID == key.ListedAs[i] })
		if n < 0 {
			n = len(k.Certified)
			k.Certified = append(k.Certified, Certified{Certificate: c, ID: key.ListedAs[i]})
		}
		k.Certified[n].GUNs = append(k.Certified[n].GUNs, gun)
	}
}

// Called reports whether id names the key: a canonical ID, or that of a certificate.
func (k *PublicKey) Called(id model.KeyID) bool {
	return slices.Contains(k.IDs, id) || slices.ContainsFunc(k.Certified, func(c Certified) bool { return c.ID == id })
}
