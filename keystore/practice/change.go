package practice

import (
	"context"
	"crypto"
	"crypto/x509"
	"slices"
	"time"

	"trustdeck/keystore/newkey"
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

// kinds are those of keys that a YubiKey makes; the empty one is the usual one.
var kinds = []model.Algorithm{"", model.ECDSAP256, model.ECDSAP384, model.Ed25519, model.RSA3072}

// MakeKey makes a key, until the program ends. Once it has its certificate, which needs a touch, it
// is in its slot.
func (t *Token) MakeKey(ctx context.Context, key port.TokenKey, open port.TokenSecrets, touch port.TouchNotice) (model.TokenSlot, error) {
	private, err := newkey.Make(key.Algorithm)
	if err != nil || !slices.Contains(kinds, key.Algorithm) {
		return model.TokenSlot{}, t.fault("can't make a key of "+key.Algorithm.String(), "Choose ECDSA P-256.")
	}
	made := Key{Slot: key.Slot, Label: key.Subject, Private: private, Certified: true, PIN: key.PIN, Touch: key.Touch}
	if err := t.opened(ctx, key, open.PIN); err != nil {
		return model.TokenSlot{}, err
	}
	if key.Touch != model.PolicyNever {
		if err := t.awaitTouch(touch); err != nil {
			return model.TokenSlot{}, err
		}
	}
	return t.put(made)
}

// ImportKey takes a key that was made elsewhere, until the program ends.
func (t *Token) ImportKey(ctx context.Context, key port.TokenKey, private []byte, open port.TokenSecrets, _ port.TouchNotice) (model.TokenSlot, error) {
	parsed, err := x509.ParsePKCS8PrivateKey(private)
	signing, ok := parsed.(crypto.Signer)
	if err != nil || !ok {
		return model.TokenSlot{}, t.fault("this isn't a private key that a token takes", "Choose a key of ECDSA, Ed25519 or RSA.")
	}
	if err := t.opened(ctx, key, open.PIN); err != nil {
		return model.TokenSlot{}, err
	}
	return t.put(Key{Slot: key.Slot, Label: key.Subject, Private: signing, Certified: true, Imported: true, PIN: key.PIN, Touch: key.Touch})
}

// WriteCertificate has the key in a slot sign a certificate of another name, which needs a touch.
func (t *Token) WriteCertificate(ctx context.Context, slot, subject string, open port.TokenSecrets, touch port.TouchNotice) (model.TokenSlot, error) {
	t.mu.Lock()
	i := slices.IndexFunc(t.config.Keys, func(k Key) bool { return k.Slot == slot })
	if i < 0 {
		t.mu.Unlock()
		return model.TokenSlot{}, t.fault("slot "+slot+" is empty", "Choose another slot.")
	}
	held, err := t.config.Keys[i], t.verify(ctx, open.PIN)
	t.mu.Unlock()
	if err != nil {
		return model.TokenSlot{}, err
	}
	if held.Touch != model.PolicyNever {
		if err := t.awaitTouch(touch); err != nil {
			return model.TokenSlot{}, err
		}
	}
	held.Label, held.Certified = subject, true
	return t.put(held)
}

// opened takes the PIN, which opens the management key as well, and refuses a slot that is not
// empty.
func (t *Token) opened(ctx context.Context, key port.TokenKey, pin []byte) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if slices.ContainsFunc(t.config.Keys, func(k Key) bool { return k.Slot == key.Slot }) && !key.Replace {
		return t.fault("slot "+key.Slot+" holds a key", "Choose an empty slot.")
	}
	return t.verify(ctx, pin)
}

// years is how long a certificate is valid that is written into a slot.
const years = 10

// put puts a key into its slot, and says what that holds.
func (t *Token) put(key Key) (model.TokenSlot, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.out {
		return model.TokenSlot{}, t.pulledOut()
	}
	now := time.Now()
	key, err := t.maker.certify(key, now, now.AddDate(years, 0, 0))
	if err != nil {
		return model.TokenSlot{}, t.fault("its certificate can't be made: "+err.Error(), "Choose another kind of key.")
	}
	t.config.Keys = append(slices.DeleteFunc(slices.Clone(t.config.Keys), func(k Key) bool { return k.Slot == key.Slot }), key)
	t.tell()
	return key.slot(), nil
}
