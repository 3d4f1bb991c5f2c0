//go:build yubikey

package yubikey

import (
	"context"
	"crypto"
	"crypto/ed25519"
	"crypto/x509"
	"io"
	"sync"

	"github.com/go-piv/piv-go/v2/piv"

	"trustdeck/keystore/hardware"
	"trustdeck/model"
	"trustdeck/model/port"
)

// Keys lists the keys on the token.
func (s *Store) Keys(ctx context.Context) ([]model.PrivateKey, error) {
	k, err := s.whole(ctx)
	if err != nil {
		return nil, err
	}
	var out []model.PrivateKey
	for _, slot := range k.Slots {
		out = append(out, s.listed(slot))
	}
	return out, nil
}

// whole reads the token with everything in it.
func (s *Store) whole(ctx context.Context) (token, error) {
	give, fault := s.tokens.take(ctx)
	if fault != nil {
		return token{}, fault
	}
	defer give()
	k, fault := s.find(ctx, readWhole)
	if fault != nil {
		return token{}, fault
	}
	return k, nil
}

// Unlock gives the token the PIN, unless the key needs none, and lets go of the token. The
// Signer is a port.Touchable.
func (s *Store) Unlock(ctx context.Context, id model.KeyID, pin []byte) (port.Signer, error) {
	a, err := s.hold(ctx, readWhole)
	if err != nil {
		return nil, err
	}
	defer a.close()
	for _, slot := range a.read.Slots {
		if slot.State == model.SlotCertificateOnly || slot.SPKI == nil || s.tokens.idOf(slot.SPKI) != id {
			continue
		}
		public, err := x509.ParsePKIXPublicKey(slot.SPKI)
		if err != nil {
			return nil, bad(s.Name(), "holds a key that can't be read in slot "+slot.ID, err)
		}
		if slot.PIN == model.PolicyNever {
			pin = nil
		} else if err := a.verify(ctx, pin); err != nil {
			return nil, err
		}
		return &signer{store: s, slot: slot, public: public, pin: hardware.HoldPIN(pin)}, nil
	}
	return nil, &model.Fault{
		Kind: model.FaultLocal, Subject: s.Name(), Text: "doesn't have key " + id.Short() + " any longer", Hint: "List the keys again.",
	}
}

// signer is a key on a token. It holds the PIN, and the token only while it signs.
type signer struct {
	store  *Store
	slot   model.TokenSlot
	public crypto.PublicKey
	pin    *hardware.PIN

	mu     sync.Mutex
	notice port.TouchNotice
}

var _ port.Touchable = (*signer)(nil)

// Public is the public key.
func (k *signer) Public() crypto.PublicKey { return k.public }

// OnTouch sets what is told while the token waits to be touched.
func (k *signer) OnTouch(notice port.TouchNotice) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.notice = notice
}

// Close overwrites the PIN.
func (k *signer) Close() error { return k.pin.Close() }

// SignMessage signs a message, as crypto.MessageSigner says.
func (k *signer) SignMessage(random io.Reader, message []byte, opts crypto.SignerOpts) ([]byte, error) {
	return hardware.SignMessage(k, random, message, opts)
}

// Sign signs a digest, as crypto.Signer says. It gives the token the PIN, and waits for a touch
// where one is due.
func (k *signer) Sign(random io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	k.mu.Lock()
	notice := k.notice
	k.mu.Unlock()
	var signature []byte
	err := k.pin.Use(k.store.Name(), func(pin []byte) error {
		ctx := context.Background() // nothing ends a command that the token has
		a, err := k.store.hold(ctx, readSecrets)
		if err != nil {
			return err
		}
		defer a.close()
		if pin != nil {
			if err := a.verify(ctx, pin); err != nil {
				return err
			}
		}
		signature, err = a.sign(k.slot, k.public, notice, random, digest, opts)
		return err
	})
	return signature, err
}

// sign signs with a slot whose PIN was given, and checks the result.
func (a *attempt) sign(slot model.TokenSlot, public crypto.PublicKey, notice port.TouchNotice, random io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	// The policy keeps piv-go from giving the token a PIN of its own accord.
	private, err := a.yk.PrivateKey(pivSlot(slot.ID), public, piv.KeyAuth{PINPolicy: piv.PINPolicyNever})
	if err != nil {
		return nil, pivFault(a.name, err)
	}
	key, ok := private.(crypto.Signer)
	if !ok {
		return nil, usage(a.name, "the key in slot "+slot.ID+" can't sign", "Use a key of ECDSA, Ed25519 or RSA.")
	}
	var signature []byte
	err = touching(slot.Touch, notice, func() (err error) {
		signature, err = key.Sign(random, digest, opts)
		return err
	})
	_, isEd25519 := public.(ed25519.PublicKey)
	switch {
	case statusOf(err) == swNotSatisfied && slot.Touch != model.PolicyNever:
		return nil, untouched(a.name, err)
	case isEd25519 && statusOf(err) != 0 && len(digest) > longMessage:
		return nil, tooLong(a.name, len(digest), err)
	case err != nil:
		return nil, pivFault(a.name, err)
	case !hardware.Verifies(public, digest, signature, opts):
		return nil, bad(a.name, "signed with another key than the one that was in slot "+slot.ID, nil)
	}
	return signature, nil
}

// longMessage is a length in bytes that tokens take at least. They sign a message with Ed25519
// whole; with all other algorithms they get its hash.
const longMessage = 2048

// pivSlot is a slot as piv-go has it. The name is one that this package has written.
func pivSlot(name string) piv.Slot {
	slot, _ := parseSlot("", name)
	return piv.Slot{Key: uint32(slot), Object: object(slot)}
}
