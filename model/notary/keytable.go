package notary

import (
	"cmp"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"maps"
	"slices"
	"strings"

	"trustdeck/model"
)

// A keyTable joins the names of keys across the files of a repository.
type keyTable struct {
	// byID holds the verifiers of each canonical ID, by the ID under which
	// they are listed.
	byID map[model.KeyID]map[model.KeyID]*verifier
}

func newKeyTable() *keyTable {
	return &keyTable{byID: map[model.KeyID]map[model.KeyID]*verifier{}}
}

func (t *keyTable) add(ring keyring) {
	for id, v := range ring {
		if t.byID[v.canonical] == nil {
			t.byID[v.canonical] = map[model.KeyID]*verifier{}
		}
		t.byID[v.canonical][id] = v
	}
}

// join returns the keys sorted by ID, with the roles that list them.
func (t *keyTable) join(roles []model.Role) []model.Key {
	uses := model.RolesByKey(roles)
	keys := make([]model.Key, 0, len(t.byID))
	for id, names := range t.byID {
		key := model.Key{ID: id, Roles: uses[id], ListedAs: slices.Sorted(maps.Keys(names))}
		for _, listed := range key.ListedAs {
			v := names[listed]
			key.Types = append(key.Types, v.kind)
			key.Algorithm, key.SPKI = v.algorithm(), v.spki
			if v.leaf != nil {
				key.Certificates = append(key.Certificates, describe(v.leaf))
			}
		}
		keys = append(keys, key)
	}
	slices.SortFunc(keys, func(a, b model.Key) int { return cmp.Compare(a.ID, b.ID) })
	return keys
}

// Describe is one public key with all its names, as metadata would list it; no role
// lists it yet.
func (Format) Describe(k PublicKey) model.Key {
	t, v := newKeyTable(), newVerifier(&k, nil)
	t.add(keyring{k.ID: v})
	return t.join(nil)[0]
}

func describe(c *x509.Certificate) model.Certificate {
	sum := sha256.Sum256(c.Raw)
	return model.Certificate{
		Subject:     strings.ToValidUTF8(c.Subject.String(), "\uFFFD"),
		Issuer:      strings.ToValidUTF8(c.Issuer.String(), "\uFFFD"),
		Serial:      c.SerialNumber,
		NotBefore:   c.NotBefore.UTC(),
		NotAfter:    c.NotAfter.UTC(),
		Fingerprint: hex.EncodeToString(sum[:]),
		Raw:         c.Raw,
	}
}
