package practice

import (
	"cmp"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"time"

	"trustdeck/model"
)

// Tokens is the token while it is plugged in.
func (t *Token) Tokens(context.Context) ([]model.Token, *model.Fault) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.out {
		return nil, &model.Fault{Kind: model.FaultLocal, Text: "no token is plugged in", Hint: "plug in the practice token"}
	}
	out := t.describe()
	out.PIN = model.TokenSecret{TriesLeft: t.left, Tries: tries, Default: model.No}
	out.PUK = model.TokenSecret{TriesLeft: tries, Tries: tries, Default: model.No}
	out.Management = model.ManagementKey{Algorithm: "AES-192", Default: model.No, Protected: true}
	for _, k := range t.config.Keys {
		out.Slots = append(out.Slots, k.slot())
	}
	slices.SortFunc(out.Slots, func(a, b model.TokenSlot) int { return strings.Compare(a.ID, b.ID) })
	return []model.Token{out}, nil
}

// slot is what the slot of a key holds.
func (k *Key) slot() model.TokenSlot {
	out := model.TokenSlot{
		ID: k.Slot, State: model.SlotKeyOnly, SPKI: spkiOf(k.Private), Algorithm: model.AlgorithmOf(k.Private.Public()),
		Origin: model.OriginToken, PIN: cmp.Or(k.PIN, model.PolicyOnce), Touch: cmp.Or(k.Touch, model.PolicyAlways),
	}
	if k.Imported {
		out.Origin = model.OriginImported
	}
	if c := k.certificate; c != nil {
		out.State, out.Certificate, out.Subject, out.Expires = model.SlotWhole, c.Raw, c.Subject.CommonName, c.NotAfter
	}
	return out
}

// Attest makes the certificate of a key, as a YubiKey does. They lead to a root of the practice
// world, which nobody trusts.
func (t *Token) Attest(_ context.Context, serial, slot string) (key, maker []byte, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	i := slices.IndexFunc(t.config.Keys, func(k Key) bool { return k.Slot == slot })
	switch {
	case t.out || serial != t.config.Serial:
		return nil, nil, t.pulledOut()
	case i < 0:
		return nil, nil, t.fault("slot "+slot+" has no key", "Choose another slot.")
	case t.config.Keys[i].Imported:
		return nil, nil, t.fault("the key in slot "+slot+" was made elsewhere, so the token attests nothing", "Choose another slot.")
	}
	key, err = t.maker.attest(t.config.Keys[i], t.config.Serial)
	return key, t.maker.certificate.Raw, err
}

func spkiOf(key crypto.Signer) []byte {
	der, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		return nil // the practice world has no such key
	}
	return der
}

// maker is what the maker of the token has put into it.
type maker struct {
	certificate *x509.Certificate
	private     *ecdsa.PrivateKey
}

// The validity of what the maker signs; certificates in slots end as Notary's do.
var (
	begin = time.Date(2016, 3, 14, 0, 0, 0, 0, time.UTC)
	end   = time.Date(2052, 4, 17, 0, 0, 0, 0, time.UTC)
)

func newMaker(serial string) (maker, error) {
	root, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return maker{}, fmt.Errorf("make the practice token: %w", err)
	}
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return maker{}, fmt.Errorf("make the practice token: %w", err)
	}
	issuer := &x509.Certificate{Subject: pkix.Name{CommonName: "Practice Root of " + serial}, BasicConstraintsValid: true, IsCA: true}
	template := &x509.Certificate{Subject: pkix.Name{CommonName: "Practice Attestation"}, BasicConstraintsValid: true, IsCA: true, MaxPathLenZero: true}
	certificate, err := sign(template, issuer, private.Public(), root, begin, end)
	return maker{certificate, private}, err
}

// attest states what a YubiKey does: firmware, serial, PIN once and touch always, no form.
func (m *maker) attest(k Key, serial string) ([]byte, error) {
	number, err := strconv.ParseUint(serial, 10, 32)
	if err != nil {
		return nil, fmt.Errorf("the serial of the practice token: %w", err)
	}
	der, err := asn1.Marshal(int64(number))
	if err != nil {
		return nil, fmt.Errorf("the serial of the practice token: %w", err)
	}
	extension := func(n int, value []byte) pkix.Extension {
		return pkix.Extension{Id: asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 41482, 3, n}, Value: value}
	}
	template := &x509.Certificate{
		Subject:         pkix.Name{CommonName: "YubiKey PIV Attestation " + k.Slot},
		ExtraExtensions: []pkix.Extension{extension(3, []byte{5, 7, 1}), extension(7, der), extension(8, []byte{2, 2})},
	}
	c, err := sign(template, m.certificate, k.Private.Public(), m.private, begin, end)
	if err != nil {
		return nil, err
	}
	return c.Raw, nil
}

// certify has a key sign its certificate, where it is to have one. The touch is the caller's.
func (m *maker) certify(k Key, from, until time.Time) (Key, error) {
	if !k.Certified {
		return k, nil
	}
	var err error
	template := &x509.Certificate{Subject: pkix.Name{CommonName: k.Label}}
	k.certificate, err = sign(template, template, k.Private.Public(), k.Private, from, until)
	return k, err
}

func sign(template, issuer *x509.Certificate, public crypto.PublicKey, private crypto.Signer, from, until time.Time) (*x509.Certificate, error) {
	template.NotBefore, template.NotAfter, template.SerialNumber = from, until, big.NewInt(1)
	der, err := x509.CreateCertificate(rand.Reader, template, issuer, public, private)
	if err != nil {
		return nil, fmt.Errorf("make a certificate of the practice token: %w", err)
	}
	c, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("make a certificate of the practice token: %w", err)
	}
	return c, nil
}
