package port

import (
	"context"
	"errors"

	"trustdeck/model"
)

// KeyStores are several stores side by side.
type KeyStores []KeyStore

// KeyStoreGroup is a KeyStore that stands for others, which come and go, such as the tokens that are
// plugged in. Its keys name their stores.
type KeyStoreGroup interface {
	KeyStore
	// Member is the store with a name, whether it is here now or not; nil where no store of
	// the group can have that name.
	Member(name string) KeyStore
}

// OtherTokens is a group of tokens that tell little of themselves: see model.OtherToken.
type OtherTokens interface {
	KeyStoreGroup
	// Others reads all that are here. It asks for no PIN. One that can't be read has its Fault; the
	// error is for all of them.
	Others(ctx context.Context) ([]model.OtherToken, error)
}

// For is the store in which new keys for repositories of a dialect are made: the first that
// makes such keys. The error is a *model.Fault.
func (s KeyStores) For(dialect model.Dialect) (KeyStore, error) {
	for _, store := range s {
		if store.Makes(dialect) {
			return store, nil
		}
	}
	return nil, &model.Fault{
		Kind: model.FaultUsage, Text: "no place on this machine takes new keys for this kind of repository",
		Hint: "Give the file of a public key instead.",
	}
}

// Keys lists the keys of all stores, each with the name of its store. Where a store fails,
// the keys of the others are returned beside the error. A key on a token that an earlier store has
// listed too is not listed again: the same token can be reached in two ways, and the first tells more
// of it, such as when a touch is due.
func (s KeyStores) Keys(ctx context.Context) ([]model.PrivateKey, error) {
	var out []model.PrivateKey
	var failed error
	listed := map[string]int{} // the store of a public key on a token
	for n, store := range s {
		keys, err := store.Keys(ctx)
		_, group := store.(KeyStoreGroup)
		for _, key := range keys {
			if !group {
				key.Store = store.Name()
			}
			if key.Place == model.PlaceToken && key.SPKI != nil && key.Usable() {
				if first, ok := listed[string(key.SPKI)]; ok && first != n {
					continue
				}
				listed[string(key.SPKI)] = n
			}
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
	for _, store := range s {
		if store.Name() == key.Store {
			return store
		}
		if group, ok := store.(KeyStoreGroup); ok {
			if member := group.Member(key.Store); member != nil {
				return member
			}
		}
	}
	return s[0]
}

// Remove deletes keys that Keys has listed, each from its store.
func (s KeyStores) Remove(ctx context.Context, keys ...model.PrivateKey) error {
	for _, key := range keys {
		if err := s.Of(key).Remove(ctx, key.ID); err != nil {
			return err
		}
	}
	return nil
}
