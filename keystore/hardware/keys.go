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

// Unlock opens a key on the token of a group that has it; absent says that none has.
func Unlock(ctx context.Context, tokens port.KeyStoreGroup, id model.KeyID, pin []byte, absent *model.Fault) (port.Signer, error) {
	token, err := holder(ctx, tokens, id)
	switch {
	case err != nil:
		return nil, err
	case token == nil:
		return nil, absent
	}
	return token.Unlock(ctx, id, pin)
}

// Remove has the token of a group that has a key remove it, or say why not.
func Remove(ctx context.Context, tokens port.KeyStoreGroup, id model.KeyID) error {
	token, err := holder(ctx, tokens, id)
	if token == nil {
		return err
	}
	return token.Remove(ctx, id)
}

// holder is the token of a group that has a key; nil where none has.
func holder(ctx context.Context, tokens port.KeyStoreGroup, id model.KeyID) (port.KeyStore, error) {
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
