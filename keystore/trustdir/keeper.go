package trustdir

import (
	"context"
	"errors"
	"fmt"

	"trustdeck/model"
	"trustdeck/model/admin"
)

// Keeper is a trust folder as the use cases see it: where keys are kept and made.
type Keeper struct{ store *Store }

var _ admin.KeyStore = Keeper{}

// NewKeeper keeps keys in a trust folder.
func NewKeeper(s *Store) Keeper { return Keeper{s} }

// Keys lists the keys, without their secrets.
func (k Keeper) Keys(ctx context.Context) ([]model.PrivateKey, error) { return k.store.Keys(ctx) }

// Unlock opens a key. A wrong passphrase is FaultSecret, and says which key in
// which file it was meant for.
func (k Keeper) Unlock(ctx context.Context, id model.KeyID, passphrase []byte) (admin.Signer, error) {
	info, err := k.store.Find(ctx, id)
	if err != nil {
		return nil, err
	}
	key, err := k.store.Unlock(ctx, info, passphrase)
	var wrong *model.Fault
	if errors.Is(err, WrongPassphrase) && errors.As(err, &wrong) {
		whose := *wrong
		whose.Subject = fmt.Sprintf("the %s in %s", named(info), wrong.Subject)
		return nil, &whose
	}
	if err != nil {
		return nil, err
	}
	return signer{key}, nil
}

// named is a key for people.
func named(k model.PrivateKey) string {
	text := fmt.Sprintf("%s key %s", printable(k.Label), k.ID.Short())
	if k.GUN != "" {
		text += " of " + printable(string(k.GUN))
	}
	return text
}

// Generate makes a key and keeps it.
func (k Keeper) Generate(ctx context.Context, role model.RoleName, gun model.GUN, passphrase []byte) (admin.Signer, error) {
	label := string(role)
	if role.Delegation() {
		label, gun = role.Base(), ""
	}
	key, err := k.store.Generate(ctx, label, gun, passphrase)
	if err != nil {
		return nil, err
	}
	return signer{key}, nil
}

// Remove deletes every file of a key.
func (k Keeper) Remove(ctx context.Context, id model.KeyID) error {
	keys, err := k.store.Keys(ctx)
	if err != nil {
		return err
	}
	for _, key := range keys {
		if key.ID != id {
			continue
		}
		if err := k.store.Remove(ctx, key, nil); err != nil {
			return err
		}
	}
	return nil
}

// signer is an unlocked key as the use cases see it.
type signer struct{ key *Key }

func (s signer) Key() model.PublicKey {
	return model.PublicKey{ID: s.key.ID(), Type: s.key.Type(), Public: s.key.Public()}
}

func (s signer) Sign(payload []byte) (method string, signature []byte, err error) {
	signature, err = s.key.Sign(payload)
	return s.key.Method(), signature, err
}

func (s signer) Wipe() { s.key.Wipe() }
