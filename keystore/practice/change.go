package practice

import (
	"context"

	"trustdeck/model"
	"trustdeck/model/port"
)

// Store is the token, or one that is not plugged in.
func (t *Token) Store(serial string) port.TokenStore {
	if serial == t.config.Serial {
		return t
	}
	return &Token{config: Config{Serial: serial, ID: t.config.ID}, out: true}
}

// KeyStore is the token alone.
func (t *Token) KeyStore() port.KeyStoreGroup { return group{t} }

// group has one member.
type group struct{ *Token }

// Member is the token.
func (g group) Member(name string) port.KeyStore {
	if name != g.Name() {
		return nil
	}
	return g.Token
}

// Serial is its number.
func (t *Token) Serial() string { return t.config.Serial }

// PIN is the one that it has now, which is no secret.
func (t *Token) PIN() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.pin
}

// ChangePIN replaces the PIN, until the program ends.
func (t *Token) ChangePIN(ctx context.Context, old, fresh []byte) error {
	if model.CheckPIN(fresh) != nil {
		return &model.Fault{Kind: model.FaultUsage, Subject: t.Name(), Text: "a PIN has 6 to 8 characters", Hint: "Choose another PIN; the old one is still valid."}
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := t.verify(ctx, old); err != nil {
		return err
	}
	t.pin = string(fresh)
	return nil
}

// MakeKey refuses to make a key.
func (t *Token) MakeKey(context.Context, port.TokenKey, port.TokenSecrets, port.TouchNotice) (model.TokenSlot, error) {
	return model.TokenSlot{}, t.keepsKeys()
}

// ImportKey refuses to take a key.
func (t *Token) ImportKey(context.Context, port.TokenKey, []byte, port.TokenSecrets, port.TouchNotice) (model.TokenSlot, error) {
	return model.TokenSlot{}, t.keepsKeys()
}

// WriteCertificate refuses to write one.
func (t *Token) WriteCertificate(context.Context, string, string, port.TokenSecrets, port.TouchNotice) (model.TokenSlot, error) {
	return model.TokenSlot{}, t.keepsKeys()
}

func (t *Token) keepsKeys() error {
	return t.fault("the keys of the practice token can't be changed", "Use them as they are.")
}
