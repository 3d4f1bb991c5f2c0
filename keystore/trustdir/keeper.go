package trustdir

import (
	"context"
	"errors"
	"fmt"

	"trustdeck/model"
	"trustdeck/model/display"
	"trustdeck/model/port"
)

// KeyStore is a trust folder as the use cases see it: where keys are kept, made, and named
// by their IDs.
type KeyStore struct{ *Store }

var (
	_ port.KeyStore   = KeyStore{}
	_ port.TrustFiles = KeyStore{}
	_ port.KeyFiles   = KeyStore{}
)

// NewKeeper keeps keys in a trust folder.
func NewKeeper(s *Store) KeyStore { return KeyStore{s} }

// Name is the folder.
func (k KeyStore) Name() string { return k.Dir() }

// ID is the name of the key's file.
func (k KeyStore) ID(spki []byte) model.KeyID {
	public, err := describePublic(k.layout, spki)
	if err != nil {
		return ""
	}
	return public.id
}

// Makes reports whether the folder is the one for new keys of a dialect.
func (k KeyStore) Makes(dialect model.Dialect) bool { return k.layout.makes(dialect) }

// Secret is a passphrase.
func (KeyStore) Secret() port.SecretKind { return port.Passphrase }

// Removes is true: files can be deleted.
func (KeyStore) Removes() bool { return true }

// Unlock opens a key. A wrong passphrase is FaultSecret, and says which key in
// which file it was meant for.
func (k KeyStore) Unlock(ctx context.Context, id model.KeyID, passphrase []byte) (port.Signer, error) {
	info, err := k.Find(ctx, id)
	if err != nil {
		return nil, err
	}
	key, err := k.Store.Unlock(ctx, info, passphrase)
	var wrong *model.Fault
	if errors.Is(err, WrongPassphrase) && errors.As(err, &wrong) {
		whose := *wrong
		whose.Subject = fmt.Sprintf("the %s in %s", named(info), wrong.Subject)
		return nil, &whose
	}
	if err != nil {
		return nil, err
	}
	return key, nil
}

// named is a key for people.
func named(k model.PrivateKey) string {
	text := fmt.Sprintf("%s key %s", display.Quote(k.Label), k.ID.Short())
	if k.GUN != "" {
		text += " of " + display.Quote(string(k.GUN))
	}
	return text
}

// Generate makes a key and keeps it.
func (k KeyStore) Generate(ctx context.Context, n port.NewKey, passphrase []byte) (port.Signer, error) {
	if n.Role.Delegation() {
		n.GUN = ""
	}
	key, err := k.generate(ctx, n.Algorithm, k.layout.label(n.Role), n.GUN, passphrase)
	if err != nil {
		return nil, err
	}
	return key, nil
}

// Remove deletes every file of a key.
func (k KeyStore) Remove(ctx context.Context, id model.KeyID) error {
	keys, err := k.Keys(ctx)
	if err != nil {
		return err
	}
	for _, key := range keys {
		if key.ID != id {
			continue
		}
		if err := k.RemoveFile(ctx, key); err != nil {
			return err
		}
	}
	return nil
}

// RemoveFile deletes a file that Keys listed.
func (k KeyStore) RemoveFile(ctx context.Context, key model.PrivateKey) error {
	return k.Store.Remove(ctx, key, nil)
}
