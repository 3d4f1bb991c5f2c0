package yubikey

import (
	"context"

	"trustdeck/keystore/hardware"
	"trustdeck/model"
	"trustdeck/model/port"
)

// Config is what the tokens are told.
type Config struct {
	// ID names a key by its SubjectPublicKeyInfo. Where it is nil, or has no name for a key,
	// that is the SHA-256 of the SubjectPublicKeyInfo.
	ID func(spki []byte) model.KeyID
}

// Tokens are the YubiKeys of this machine. It is safe for concurrent use.
type Tokens struct {
	id func(spki []byte) model.KeyID
	state
}

var _ port.TokenStores = (*Tokens)(nil)

// Open looks for no token yet.
func Open(c Config) *Tokens {
	return &Tokens{id: c.ID, state: newState()}
}

// Store is the YubiKey with a serial number, whether it is plugged in or not.
func (t *Tokens) Store(serial string) port.TokenStore { return &Store{t, serial} }

// Store is one YubiKey, plugged in or not.
type Store struct {
	tokens *Tokens
	serial string
}

var _ port.TokenStore = (*Store)(nil)

// Name is "YubiKey" and the serial number, as it is printed on the token.
func (s *Store) Name() string { return nameOf(s.serial) }

// namePrefix is before the serial number in a name.
const namePrefix = "YubiKey "

func nameOf(serial string) string {
	if serial == "" {
		return namePrefix + "without a serial number"
	}
	return namePrefix + serial
}

// Serial is the number of the token.
func (s *Store) Serial() string { return s.serial }

// ID is that of the configuration.
func (s *Store) ID(spki []byte) model.KeyID { return s.tokens.idOf(spki) }

func (t *Tokens) idOf(spki []byte) model.KeyID { return hardware.KeyID(t.id, spki) }

// Makes is false: what is made on a token is chosen with its slot and policies (MakeKey).
func (*Store) Makes(model.Dialect) bool { return false }

// Secret is the PIN.
func (*Store) Secret() port.SecretKind { return port.PIN }

// Removes is false: firmware older than 5.7 can only overwrite a key.
func (*Store) Removes() bool { return false }

// Generate refuses: MakeKey takes what has to be chosen.
func (s *Store) Generate(context.Context, port.NewKey, []byte) (port.Signer, error) {
	return nil, &model.Fault{
		Kind: model.FaultUsage, Subject: s.Name(), Text: "a key on a token needs a slot, policies and the management key",
		Hint: "Make a key on the token first, then use it.",
	}
}

// Remove refuses where the store has the key.
func (s *Store) Remove(ctx context.Context, id model.KeyID) error {
	keys, err := s.Keys(ctx)
	if err != nil {
		return err
	}
	for _, k := range keys {
		if k.ID == id {
			return &model.Fault{
				Kind: model.FaultUsage, Subject: s.Name() + ", " + k.Path, Text: "was not removed: keys stay on a token until others replace them",
				Hint: "To delete all keys of the token, reset it: \"ykman piv reset\".",
			}
		}
	}
	return nil
}

// listed is a slot as a key. A certificate without its key, or a key that can't be read, has no
// ID: nothing can be signed with it.
func (s *Store) listed(slot model.TokenSlot) model.PrivateKey {
	out := model.PrivateKey{
		SPKI: slot.SPKI, Label: slot.Subject, Algorithm: slot.Algorithm, Encrypted: slot.PIN != model.PolicyNever,
		Encoding: "PIV slot " + slot.ID, Place: model.PlaceToken, Path: "slot " + slot.ID, Store: s.Name(), Fault: slot.Fault,
	}
	if slot.SPKI != nil && slot.State != model.SlotCertificateOnly {
		out.ID = s.tokens.idOf(slot.SPKI)
		out.Warned = slot.Fault != nil // a wrong certificate keeps no key from signing
	}
	return out
}
