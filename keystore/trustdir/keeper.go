package trustdir

import (
	"context"
	"errors"
	"fmt"
	"time"

	"trustdeck/model"
	"trustdeck/model/display"
	"trustdeck/model/notary"
	"trustdeck/model/port"
)

// Keeper is a trust folder as the use cases see it: where keys are kept and made.
type Keeper struct{ store *Store }

var (
	_ port.KeyStore   = Keeper{}
	_ port.TrustFiles = Keeper{}
)

// NewKeeper keeps keys in a trust folder.
func NewKeeper(s *Store) Keeper { return Keeper{s} }

// Name is the folder.
func (k Keeper) Name() string { return k.store.Dir() }

// Secret is a passphrase.
func (Keeper) Secret() port.SecretKind { return port.Passphrase }

// Removes is true: files can be deleted.
func (Keeper) Removes() bool { return true }

// Keys lists the keys, without their secrets.
func (k Keeper) Keys(ctx context.Context) ([]model.PrivateKey, error) { return k.store.Keys(ctx) }

// Unlock opens a key. A wrong passphrase is FaultSecret, and says which key in
// which file it was meant for.
func (k Keeper) Unlock(ctx context.Context, id model.KeyID, passphrase []byte) (port.Signer, error) {
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
	return key, nil
}

// Dir is the folder.
func (k Keeper) Dir() string { return k.store.Dir() }

// Repositories lists those whose root the folder holds.
func (k Keeper) Repositories(ctx context.Context) ([]port.Listed, error) {
	return k.store.Repositories(ctx)
}

// KeyFile reads the file of a key: see Store.KeyFile.
func (k Keeper) KeyFile(ctx context.Context, key model.PrivateKey) (port.TrustFile, error) {
	return k.store.KeyFile(ctx, key)
}

// RepositoryFiles reads metadata: see Store.RepositoryFiles.
func (k Keeper) RepositoryFiles(ctx context.Context, gun model.GUN) ([]port.TrustFile, error) {
	return k.store.RepositoryFiles(ctx, gun)
}

// Describe says what a key file from elsewhere is: see Describe.
func (Keeper) Describe(file port.TrustFile) model.PrivateKey { return Describe(file) }

// OpenFile opens a key file from elsewhere: see OpenFile.
func (Keeper) OpenFile(file port.TrustFile, passphrase []byte) (port.Signer, error) {
	key, err := OpenFile(file, passphrase)
	if err != nil {
		return nil, err
	}
	return key, nil
}

// ReadFile reads a file: see Store.ReadFile.
func (k Keeper) ReadFile(ctx context.Context, path string) (file port.TrustFile, ok bool, err error) {
	return k.store.ReadFile(ctx, path)
}

// PutBack writes files: see Store.PutBack.
func (k Keeper) PutBack(ctx context.Context, files []port.RestoreFile, at time.Time) ([]port.RestoredFile, error) {
	return k.store.PutBack(ctx, files, at)
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
func (k Keeper) Generate(ctx context.Context, role model.RoleName, gun model.GUN, passphrase []byte) (port.Signer, error) {
	label := string(role)
	if role.Delegation() {
		label, gun = notary.Base(role), ""
	}
	key, err := k.store.Generate(ctx, label, gun, passphrase)
	if err != nil {
		return nil, err
	}
	return key, nil
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

// Protect takes rights from other users: see Store.Protect.
func (k Keeper) Protect(ctx context.Context, key model.PrivateKey) error {
	return k.store.Protect(ctx, key)
}
