package port

import (
	"context"
	"crypto"
	"io"

	"trustdeck/model"
)

// KeyStore keeps private keys: in a folder, or on a token. Errors are *model.Fault.
type KeyStore interface {
	// Name is the store for people, and no other store has it.
	Name() string
	// Keys lists the keys, without their secrets. One that cannot be used is listed
	// with its Fault; the error is for the store as a whole.
	Keys(ctx context.Context) ([]model.PrivateKey, error)
	// ID is the one under which the store keeps the private half of a public key, whose
	// SubjectPublicKeyInfo it is given, whether it has that or not; empty where it keeps no
	// such keys.
	ID(spki []byte) model.KeyID
	// Makes reports whether new keys for repositories of a dialect are made in this store.
	// Its IDs are then those of the dialect, or its keys show their public halves.
	Makes(dialect model.Dialect) bool
	// Secret says what opens its keys.
	Secret() SecretKind
	// Unlock opens a key. A wrong passphrase is FaultSecret, and a *WrongSecret where the
	// store counts them. The passphrase is not kept, and not wiped.
	Unlock(ctx context.Context, id model.KeyID, passphrase []byte) (Signer, error)
	// Generate makes a key and keeps it under the passphrase. When it returns, the key
	// outlasts a crash.
	Generate(ctx context.Context, key NewKey, passphrase []byte) (Signer, error)
	// Removes reports whether keys can be removed: a token may keep its own for ever.
	Removes() bool
	// Remove deletes a key for good. It is no error where the store does not have it.
	Remove(ctx context.Context, id model.KeyID) error
}

// NewKey is a private key to be made.
type NewKey struct {
	Role model.RoleName
	// GUN is the repository that the key is for; empty where it may serve several, as a root
	// key may.
	GUN model.GUN
	// Algorithm is one of those of the dialect for which the store makes keys; empty is the
	// usual one.
	Algorithm model.Algorithm
}

// Signer is a private key that is unlocked. It signs payloads and knows no
// dialect beyond the form of a signature.
type Signer interface {
	crypto.MessageSigner
	// Close overwrites the secret.
	io.Closer
}

// Portable is a Signer whose private key is in memory, and can be put somewhere else.
type Portable interface {
	Signer
	// PKCS8 is the private key as DER of PKCS #8. The caller wipes it.
	PKCS8() ([]byte, error)
}

// Touchable is a Signer on a token that may have to be touched for each signature.
type Touchable interface {
	Signer
	// OnTouch sets what is told when the token begins to wait for a touch, with true, and when
	// it no longer waits, with false: it was touched, or gave up. It is told from any goroutine,
	// by one at a time, and before the signature returns. nil is nobody.
	OnTouch(TouchNotice)
}

// TouchNotice is told whether a token waits to be touched.
type TouchNotice func(waiting bool)
