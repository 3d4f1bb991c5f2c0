package port

import (
	"context"

	"trustdeck/model"
)

// Tokens are the tokens that are plugged in. Each is a TokenStore too, called by model.Token.Name;
// this is what that does not tell. The methods of both may be called from several
// goroutines: a token is then open for one at a time. Errors are *model.Fault.
type Tokens interface {
	// Tokens reads all that are plugged in. Where there is none, or none can be reached, the
	// Fault says why and what helps: no service, no reader, no card, a program without
	// support. It spends no try of a PIN, asks for no touch, and holds no token open when it
	// returns.
	Tokens(ctx context.Context) ([]model.Token, *model.Fault)
	// Watch sends each time a reader or a token may have come or left, until ctx is done; then
	// it closes the channel. While nothing happens it costs nothing.
	Watch(ctx context.Context) <-chan struct{}
	// Attest asks a token for the proof that the key of a slot was made on it: the DER of the
	// certificate for the key, and of the one that the maker gave the token.
	Attest(ctx context.Context, serial, slot string) (key, maker []byte, err error)
}

// TokenStores are tokens of which each can be changed.
type TokenStores interface {
	Tokens
	// Store is the token with a serial number, whether it is plugged in or not.
	Store(serial string) TokenStore
	// KeyStore are all tokens that are plugged in, as one store.
	KeyStore() KeyStoreGroup
}

// TokenStore is one token as a store of keys. It finds the token by its serial number each time,
// and holds it open no longer than the call lasts. It changes nothing where a call fails,
// except where it says so.
//
// A PIN that is wrong is a *WrongSecret. Every method that takes one heeds SpendLastTry.
type TokenStore interface {
	KeyStore
	// Serial is the number of the token.
	Serial() string
	// MakeKey makes a key on the token, which never gives it away, and puts a certificate
	// beside it, which the key signs: so there may be a touch. Where it fails between the two,
	// the slot is left as SlotKeyOnly, which WriteCertificate mends; the Fault says so, and
	// the slot has the key's SPKI.
	MakeKey(ctx context.Context, key TokenKey, open TokenSecrets, touch TouchNotice) (model.TokenSlot, error)
	// ImportKey puts a private key on the token that was made elsewhere, and a certificate
	// beside it. The key is DER of PKCS #8, which the caller wipes. It mends a slot that is
	// SlotCertificateOnly, and may fail as MakeKey does. A touch is due only where the management
	// key wants one.
	ImportKey(ctx context.Context, key TokenKey, private []byte, open TokenSecrets, touch TouchNotice) (model.TokenSlot, error)
	// WriteCertificate replaces the certificate in a slot by one that its key signs, or adds it:
	// it mends a slot that is SlotKeyOnly or SlotMismatch, and one whose certificate expires.
	WriteCertificate(ctx context.Context, slot, subject string, open TokenSecrets, touch TouchNotice) (model.TokenSlot, error)
	// ChangePIN replaces the PIN. A wrong old one costs a try.
	ChangePIN(ctx context.Context, old, fresh []byte) error
}

// TokenKey is a private key to be put on a token.
type TokenKey struct {
	// Slot is its number: "9c".
	Slot string
	// Algorithm is one of those of the token; empty is ECDSA P-256. It is not for keys that are
	// imported.
	Algorithm model.Algorithm
	// PIN and Touch are its policies. PolicyUnknown is PolicyOnce for the PIN, and PolicyAlways
	// for the touch.
	PIN, Touch model.UsePolicy
	// Subject is the common name of the certificate; other clients take it for the role of the key.
	Subject string
	// Replace is true where the slot may hold another key or its certificate, which is then lost.
	Replace bool
}

// TokenSecrets are what a change of a token needs. They are not kept, and not wiped.
type TokenSecrets struct {
	PIN []byte
	// Management is the management key. It is nil where the token keeps it, and the PIN opens
	// it; and where Factory is true.
	Management []byte
	// Factory is true where the user agrees to use the management key from the factory. It is
	// used only where the token says that it still has that one.
	Factory bool
}
