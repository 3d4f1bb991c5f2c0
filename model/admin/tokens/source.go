package tokens

import (
	"context"
	"slices"

	"trustdeck/model"
	"trustdeck/model/port"
)

// Source is a file with private keys that can be put on a token: a key file or a backup. Its owner
// wipes it.
type Source struct {
	Path string
	// Sealed is true of a backup that only the holder of a secret key can read, which wasn't
	// given: then there are no Keys.
	Sealed bool
	Keys   []SourceKey

	wipe []func()
}

// Wipe overwrites everything that could be secret.
func (s *Source) Wipe() {
	for _, wipe := range s.wipe {
		wipe()
	}
}

// Here are the private keys of this machine that can be put on a token: those in files, usable,
// root keys first.
func (s *Service) Here(keys []model.PrivateKey) []SourceKey {
	var out []SourceKey
	for _, k := range keys {
		if k.Place == model.PlaceToken || !k.Usable() {
			continue
		}
		store := s.Keys.Of(k)
		is := func(spki []byte) bool { return spki != nil && store.ID(spki) == k.ID }
		out = append(out, SourceKey{Key: k, Is: is, Open: func(ctx context.Context, passphrase []byte) (port.Signer, error) {
			return store.Unlock(ctx, k.ID, passphrase)
		}})
	}
	root := func(k SourceKey) int {
		if k.Key.Label == string(model.RoleRoot) {
			return 0
		}
		return 1
	}
	slices.SortStableFunc(out, func(a, b SourceKey) int { return root(a) - root(b) })
	return out
}

// File is what a file with private keys holds. Its content is wiped with the source. Nothing is
// opened yet.
func (s *Service) File(path string, content []byte, exposed bool) (*Source, error) {
	out := &Source{Path: path, wipe: []func(){func() { clear(content) }}}
	found, err := s.Files.ReadKeys(path, content)
	if err != nil {
		out.Wipe()
		return nil, err
	}
	for _, k := range found.Keys {
		out.wipe = append(out.wipe, func() { clear(k.Block) })
		out.Keys = append(out.Keys, SourceKey{Key: k.Key, Exposed: exposed, Open: func(_ context.Context, passphrase []byte) (port.Signer, error) {
			return s.Files.OpenKey(k, passphrase)
		}})
	}
	return out, nil
}

// NewSource is what a file holds that another use case has read: wipe overwrites all of it.
func NewSource(path string, keys []SourceKey, wipe func()) *Source {
	return &Source{Path: path, Keys: keys, wipe: []func(){wipe}}
}
