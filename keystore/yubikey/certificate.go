//go:build yubikey

package yubikey

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"io"
	"math/big"
	"slices"
	"time"

	"trustdeck/model"
	"trustdeck/model/display"
	"trustdeck/model/port"
)

// years is how long a certificate is valid, as with Notary.
const years = 10

// maxSubject is the longest common name in characters (RFC 5280, appendix A.1).
const maxSubject = 64

func checkSubject(name, subject string) *model.Fault {
	if subject == "" || len([]rune(subject)) > maxSubject || !display.Shown(subject) {
		return usage(name, "the name in a certificate has 1 to 64 characters that can be shown", "Name the role of the key, such as \"root\".")
	}
	return nil
}

// selfSigned is a certificate of a key by the key itself, in the form of Notary's: with the role
// as common name, a random number of 128 bits, and valid for ten years.
func selfSigned(subject string, key crypto.Signer) (*x509.Certificate, error) {
	number, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 128))
	if err != nil {
		return nil, err
	}
	// An hour early, for clients whose clocks are slow.
	begin := time.Now().Add(-time.Hour).UTC()
	template := &x509.Certificate{
		SerialNumber: number, Subject: pkix.Name{CommonName: subject}, NotBefore: begin, NotAfter: begin.AddDate(years, 0, 0),
		KeyUsage:    x509.KeyUsageKeyEncipherment | x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageCodeSigning}, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, err
	}
	return x509.ParseCertificate(der)
}

// Public is the public key.
func (k *onToken) Public() crypto.PublicKey { return k.public }

// Sign signs with the token, whose PIN was given.
func (k *onToken) Sign(random io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	return k.attempt.sign(k.slot, k.public, k.touch, random, digest, opts)
}

// WriteCertificate replaces the certificate in a slot, or adds one.
func (s *Store) WriteCertificate(ctx context.Context, slot, subject string, open port.TokenSecrets, touch port.TouchNotice) (model.TokenSlot, error) {
	if fault := checkSubject(s.Name(), subject); fault != nil {
		return model.TokenSlot{}, fault
	}
	a, held, err := s.holdSlot(ctx, slot)
	if err != nil {
		return model.TokenSlot{}, err
	}
	defer a.close()
	if held.SPKI == nil || held.State == model.SlotCertificateOnly {
		return model.TokenSlot{}, usage(s.Name(), "slot "+held.ID+" holds no private key that could sign a certificate", "Import the key into this slot from its backup.")
	}
	err = a.managing(ctx, open, func(manager []byte) error {
		return a.certify(ctx, manager, &held, subject, open.PIN, touch)
	})
	return held, err
}

// holdSlot holds the token that has something in a slot.
func (s *Store) holdSlot(ctx context.Context, name string) (*attempt, model.TokenSlot, error) {
	number, fault := parseSlot(s.Name(), name)
	if fault != nil {
		return nil, model.TokenSlot{}, fault
	}
	a, err := s.hold(ctx, readWhole)
	if err != nil {
		return nil, model.TokenSlot{}, err
	}
	i := slices.IndexFunc(a.read.Slots, func(slot model.TokenSlot) bool { return slot.ID == slotName(number) })
	if i < 0 {
		a.close()
		return nil, model.TokenSlot{}, usage(s.Name(), "slot "+slotName(number)+" is empty", "List the slots of the token again.")
	}
	return a, a.read.Slots[i], nil
}
