package hardware

import (
	"context"
	"crypto/sha256"
	"encoding/hex"

	"trustdeck/model"
	"trustdeck/model/port"
)

// KeyID is what a key is called, given as its SubjectPublicKeyInfo: what named says, or, where that
// is nil or has no name for it, the SHA-256 in hexadecimal.
func KeyID(named func(spki []byte) model.KeyID, spki []byte) model.KeyID {
	if named != nil {
		if id := named(spki); id != "" {
			return id
		}
	}
	sum := sha256.Sum256(spki)
	return model.KeyID(hex.EncodeToString(sum[:]))
}

// Holder is the token of a group that has a key; nil where none has.
func Holder(ctx context.Context, tokens port.KeyStoreGroup, id model.KeyID) (port.KeyStore, error) {
	keys, err := tokens.Keys(ctx)
	if err != nil {
		return nil, err
	}
	for _, k := range keys {
		if k.ID == id && id != "" {
			return tokens.Member(k.Store), nil
		}
	}
	return nil, nil
}
