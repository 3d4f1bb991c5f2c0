package yubikey

import (
	"context"
	"strings"

	"trustdeck/keystore/hardware"
	"trustdeck/model"
	"trustdeck/model/port"
)

// group are all YubiKeys that are plugged in, as one store.
type group struct{ tokens *Tokens }

var _ port.KeyStoreGroup = group{}

// KeyStore are all YubiKeys that are plugged in, as one store of keys. None being there is no
// fault of it: Tokens tells why.
func (t *Tokens) KeyStore() port.KeyStoreGroup { return group{t} }

// Name is that of the group; its keys have those of their tokens.
func (group) Name() string { return "YubiKeys" }

// Member is the YubiKey with a name.
func (g group) Member(name string) port.KeyStore {
	if name == nameOf("") {
		return g.tokens.Store("")
	}
	serial, ok := strings.CutPrefix(name, namePrefix)
	if !ok || serial == "" || strings.Trim(serial, "0123456789") != "" {
		return nil
	}
	return g.tokens.Store(serial)
}

// Keys lists the keys on all tokens. A token that can't be read is listed with its Fault.
func (g group) Keys(ctx context.Context) ([]model.PrivateKey, error) {
	found, fault := g.tokens.Tokens(ctx)
	if fault != nil && fault.Kind == model.FaultCanceled {
		return nil, fault
	}
	var out []model.PrivateKey
	for _, k := range found {
		s := &Store{g.tokens, k.Serial}
		if k.Fault != nil {
			unread := model.PrivateKey{Place: model.PlaceToken, Path: k.Reader, Store: s.Name(), Fault: k.Fault}
			if k.Serial == "" {
				unread.Store = g.Name() // nobody knows which it is
			}
			out = append(out, unread)
		}
		for _, slot := range k.Slots {
			out = append(out, s.listed(slot))
		}
	}
	return out, nil
}

// ID is that of the configuration.
func (g group) ID(spki []byte) model.KeyID { return g.tokens.idOf(spki) }

// Makes is false, as for each token.
func (group) Makes(model.Dialect) bool { return false }

// Secret is the PIN.
func (group) Secret() port.SecretKind { return port.PIN }

// Removes is false, as for each token.
func (group) Removes() bool { return false }

// Unlock opens a key on the token that has it.
func (g group) Unlock(ctx context.Context, id model.KeyID, pin []byte) (port.Signer, error) {
	return hardware.Unlock(ctx, g, id, pin, &model.Fault{
		Kind: model.FaultUnreachable, Subject: "key " + id.Short(), Text: "is on none of the YubiKeys that are plugged in", Hint: "Plug in the token that has it, then try again.",
	})
}

// Generate refuses, as each token does.
func (g group) Generate(ctx context.Context, key port.NewKey, pin []byte) (port.Signer, error) {
	return g.tokens.Store("").Generate(ctx, key, pin)
}

// Remove refuses where a token has the key.
func (g group) Remove(ctx context.Context, id model.KeyID) error {
	return hardware.Remove(ctx, g, id)
}
