package admin

import (
	"context"
	"encoding/pem"
	"slices"

	"trustdeck/model"
	"trustdeck/model/dialect"
)

// PrivateKeys lists the private keys that are here, as repositories know them: see KnownAs.
// Keys that are returned beside an error are those of the stores that could be read.
func (d *Service) PrivateKeys(ctx context.Context, in ...*model.Repository) ([]model.PrivateKey, error) {
	keys, err := d.Stores.Keys(ctx)
	return d.KnownAs(keys, in...), err
}

// KnownAs adds to private keys that the stores have listed the IDs by which repositories know
// them. A dialect computes the ID of a key from its public half in its own way, and so does a
// store. While a key is encrypted, its store may not show that half; then what a repository
// lists tells which private key belongs to it.
func (d *Service) KnownAs(keys []model.PrivateKey, in ...*model.Repository) []model.PrivateKey {
	out := slices.Clone(keys)
	for _, r := range in {
		if r != nil {
			d.addIDs(out, d.DialectOf(r.GUN), r.Keys)
		}
	}
	return out
}

// addIDs adds the IDs that a dialect gives keys, and those of public keys that it lists.
func (d *Service) addIDs(keys []model.PrivateKey, format dialect.Keys, listed []model.Key) {
	type stored struct {
		store string
		id    model.KeyID
	}
	hidden := map[stored][]*model.PrivateKey{}
	for i := range keys {
		switch k := &keys[i]; {
		case k.ID == "":
		case k.SPKI == nil:
			hidden[stored{k.Store, k.ID}] = append(hidden[stored{k.Store, k.ID}], k)
		default:
			if public, err := format.ParsePublicFile(publicPEM(k.SPKI)); err == nil {
				k.Also = withID(k.Also, k.ID, format.CanonicalID(public))
			}
		}
	}
	if len(hidden) == 0 {
		return
	}
	for _, public := range listed {
		if public.SPKI == nil {
			continue
		}
		for _, store := range d.Stores {
			for _, k := range hidden[stored{store.Name(), store.ID(public.SPKI)}] {
				k.Also = withID(k.Also, k.ID, public.ID)
			}
		}
	}
}

// publicPEM is a public key as files have it.
func publicPEM(spki []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: spki})
}

// withID adds an ID of a key that its store calls otherwise.
func withID(also []model.KeyID, own, id model.KeyID) []model.KeyID {
	if id == own || id == "" || slices.Contains(also, id) {
		return also
	}
	out := append(slices.Clone(also), id)
	slices.Sort(out)
	return out
}

// StoredIDs are the IDs under which stores keep the private half of a public key, beside its
// own: what is remembered of a key that is not here any more is remembered under one of them.
func (d *Service) StoredIDs(key model.Key) []model.KeyID {
	out := []model.KeyID{key.ID}
	if key.SPKI == nil {
		return out
	}
	for _, store := range d.Stores {
		if id := store.ID(key.SPKI); id != "" && !slices.Contains(out, id) {
			out = append(out, id)
		}
	}
	return out
}

// repositoriesOf are those of looks that could be read.
func repositoriesOf(views []Look) []*model.Repository {
	out := make([]*model.Repository, 0, len(views))
	for _, v := range views {
		if v.Repository != nil {
			out = append(out, v.Repository)
		}
	}
	return out
}
