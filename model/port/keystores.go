package port

import (
	"context"
	"errors"
	"slices"

	"trustdeck/model"
)

// KeyStores are several stores side by side. New keys are made in the first.
type KeyStores []KeyStore

// Keys lists the keys of all stores, each with the name of its store. Where a store fails,
// the keys of the others are returned beside the error.
func (s KeyStores) Keys(ctx context.Context) ([]model.PrivateKey, error) {
	var out []model.PrivateKey
	var failed error
	for _, store := range s {
		keys, err := store.Keys(ctx)
		for _, key := range keys {
			key.Store = store.Name()
			out = append(out, key)
		}
		if failed == nil {
			failed = err
		} else {
			failed = errors.Join(failed, err)
		}
	}
	return out, failed
}

// Of is the store that has listed a key: the first where none is named.
func (s KeyStores) Of(key model.PrivateKey) KeyStore {
	return s[max(0, slices.IndexFunc(s, func(store KeyStore) bool { return store.Name() == key.Store }))]
}

// Remove deletes a key from every store.
func (s KeyStores) Remove(ctx context.Context, id model.KeyID) error {
	for _, store := range s {
		if err := store.Remove(ctx, id); err != nil {
			return err
		}
	}
	return nil
}
