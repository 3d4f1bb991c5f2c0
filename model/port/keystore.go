package port

import (
	"context"
	"crypto"
	"io"

	"trustdeck/model"
)

// KeyStore keeps private keys. Errors are *model.Fault.
type KeyStore interface {
	// Keys lists the keys, without their secrets.
	Keys(ctx context.Context) ([]model.PrivateKey, error)
	// Unlock opens a key. A wrong passphrase is FaultSecret. The passphrase is
	// not kept, and not wiped.
	Unlock(ctx context.Context, id model.KeyID, passphrase []byte) (Signer, error)
	// Generate makes a key for a role and keeps it under the passphrase. When
	// it returns, the key outlasts a crash. gun is empty for a root key.
	Generate(ctx context.Context, role model.RoleName, gun model.GUN, passphrase []byte) (Signer, error)
	// Remove deletes every file of a key. It is no error where there is none.
	Remove(ctx context.Context, id model.KeyID) error
}

// Signer is a private key that is unlocked. It signs payloads and knows no
// dialect beyond the form of a signature.
type Signer interface {
	crypto.MessageSigner
	// Close overwrites the secret.
	io.Closer
}
