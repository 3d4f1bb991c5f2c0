//go:build yubikey

package yubikey

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"strings"

	"github.com/go-piv/piv-go/v2/piv"

	"trustdeck/model"
	"trustdeck/model/port"
)

// MakeKey makes a key in a slot, and a certificate.
func (s *Store) MakeKey(ctx context.Context, key port.TokenKey, open port.TokenSecrets, touch port.TouchNotice) (model.TokenSlot, error) {
	a, slot, err := s.prepare(ctx, key, nil)
	if err != nil {
		return model.TokenSlot{}, err
	}
	defer a.close()
	policies, err := a.policies(key)
	if err != nil {
		return model.TokenSlot{}, err
	}
	// The PIN first: without it the certificate could not be signed.
	if slot.PIN != model.PolicyNever {
		if err := a.verify(ctx, open.PIN); err != nil {
			return model.TokenSlot{}, err
		}
	}
	err = a.managing(ctx, open, func(manager []byte) error {
		var public crypto.PublicKey
		err := a.managed(touch, func() (err error) {
			public, err = a.yk.GenerateKey(manager, pivSlot(slot.ID), policies)
			return err
		})
		if err != nil {
			return err
		}
		slot.Origin, slot.SPKI, slot.Algorithm = model.OriginToken, marshalPublic(public), algorithmName(pivAlgorithms[policies.Algorithm])
		if slot.SPKI == nil {
			return bad(a.name, "made a key that can't be read", nil)
		}
		err = a.certify(ctx, manager, &slot, key.Subject, open.PIN, touch)
		return halfway(err, a.name, slot.ID)
	})
	return slot, err
}

// halfway says of a failure that it has left a key without a certificate.
func halfway(err error, name, slot string) error {
	if err == nil {
		return nil
	}
	fault := pivFault(name, err)
	kind := fault.Kind
	if kind == model.FaultSecret {
		kind = model.FaultLocal // another answer would make another key
	}
	return &model.Fault{
		Kind: kind, Subject: name, Err: fault,
		Text: "slot " + slot + " has the key, but its certificate wasn't written: " + fault.Text,
		Hint: strings.TrimSpace("Write the certificate; the key stays: trustdeck token certificate " + strings.TrimPrefix(name, namePrefix) + " --slot " + slot + ". " + fault.Hint),
	}
}

// ImportKey puts a key into a slot that was made elsewhere, and a certificate that it has signed.
func (s *Store) ImportKey(ctx context.Context, key port.TokenKey, private []byte, open port.TokenSecrets, touch port.TouchNotice) (model.TokenSlot, error) {
	parsed, err := x509.ParsePKCS8PrivateKey(private)
	signing, ok := parsed.(crypto.Signer)
	if err != nil || !ok {
		return model.TokenSlot{}, usage(s.Name(), "this isn't a private key that a token takes", "Give a key of ECDSA, Ed25519 or RSA in the form PKCS #8.")
	}
	if key.Algorithm, err = importable(s.Name(), signing.Public()); err != nil {
		return model.TokenSlot{}, err
	}
	a, slot, err := s.prepare(ctx, key, marshalPublic(signing.Public()))
	if err != nil {
		return model.TokenSlot{}, err
	}
	defer a.close()
	policies, err := a.policies(key)
	if err != nil {
		return model.TokenSlot{}, err
	}
	certificate, err := selfSigned(key.Subject, signing)
	if err != nil {
		return model.TokenSlot{}, bad(s.Name(), "the certificate couldn't be signed", err)
	}
	err = a.managing(ctx, open, func(manager []byte) error {
		err := a.managed(touch, func() error {
			return a.yk.SetPrivateKeyInsecure(manager, pivSlot(slot.ID), signing, policies)
		})
		if err != nil {
			return err
		}
		slot.Origin, slot.Algorithm = model.OriginImported, algorithmName(pivAlgorithms[policies.Algorithm])
		slot.SPKI = certificate.RawSubjectPublicKeyInfo
		return halfway(a.store(manager, &slot, certificate, touch), a.name, slot.ID)
	})
	return slot, err
}

// prepare holds the token, and looks whether a key may be put into a slot. spki is that of a key
// to be imported; nil for one to be made.
func (s *Store) prepare(ctx context.Context, key port.TokenKey, spki []byte) (*attempt, model.TokenSlot, error) {
	number, fault := parseSlot(s.Name(), key.Slot)
	if fault != nil {
		return nil, model.TokenSlot{}, fault
	}
	if fault := checkSubject(s.Name(), key.Subject); fault != nil {
		return nil, model.TokenSlot{}, fault
	}
	a, err := s.hold(ctx, readWhole)
	if err != nil {
		return nil, model.TokenSlot{}, err
	}
	slot := model.TokenSlot{ID: slotName(number), PIN: key.PIN, Touch: key.Touch}
	if slot.PIN == model.PolicyUnknown {
		slot.PIN = model.PolicyOnce
	}
	if slot.Touch == model.PolicyUnknown {
		slot.Touch = model.PolicyAlways
	}
	for _, held := range a.read.Slots {
		if held.ID != slot.ID || key.Replace {
			continue
		}
		what := "a key"
		if held.State == model.SlotCertificateOnly {
			what = "the certificate of another key"
		}
		half := held.State == model.SlotCertificateOnly || held.State == model.SlotKeyOnly
		if half && spki != nil && bytes.Equal(held.SPKI, spki) {
			continue // what is missing comes
		}
		a.close()
		return nil, model.TokenSlot{}, usage(s.Name(), "slot "+slot.ID+" holds "+what, "Choose an empty slot, or confirm that what is in this one may be lost for good.")
	}
	return a, slot, nil
}

// pivAlgorithms are the numbers of piv-go's names.
var pivAlgorithms = map[piv.Algorithm]byte{
	piv.AlgorithmEC256: algP256, piv.AlgorithmEC384: algP384, piv.AlgorithmEd25519: algEd25519,
	piv.AlgorithmRSA2048: algRSA2048, piv.AlgorithmRSA3072: algRSA3072, piv.AlgorithmRSA4096: algRSA4096,
}

// What keys of RSA are called that are not made by default.
const (
	rsa2048 model.Algorithm = "rsa-2048"
	rsa4096 model.Algorithm = "rsa-4096"
)

// policies are those of a key to be put on the token. Newer algorithms need newer firmware.
func (a *attempt) policies(key port.TokenKey) (piv.Key, error) {
	algorithm, ok := map[model.Algorithm]piv.Algorithm{
		"": piv.AlgorithmEC256, model.ECDSAP256: piv.AlgorithmEC256, model.ECDSAP384: piv.AlgorithmEC384, model.Ed25519: piv.AlgorithmEd25519,
		rsa2048: piv.AlgorithmRSA2048, model.RSA3072: piv.AlgorithmRSA3072, rsa4096: piv.AlgorithmRSA4096,
	}[key.Algorithm]
	if !ok {
		return piv.Key{}, usage(a.name, "doesn't take keys of "+key.Algorithm.String(), "Use ECDSA P-256.")
	}
	switch algorithm { //nolint:exhaustive // the others are as old as the tokens
	case piv.AlgorithmEd25519, piv.AlgorithmRSA3072, piv.AlgorithmRSA4096:
		if !a.read.firmware.atLeast(5, 7) {
			return piv.Key{}, usage(a.name, "firmware "+a.read.Firmware+" doesn't know "+key.Algorithm.String()+"; 5.7 is the first that does", "Use ECDSA P-256, or a newer token.")
		}
	}
	out := piv.Key{Algorithm: algorithm, PINPolicy: piv.PINPolicyOnce, TouchPolicy: piv.TouchPolicyAlways}
	switch key.PIN {
	case model.PolicyUnknown, model.PolicyOnce:
	case model.PolicyNever:
		out.PINPolicy = piv.PINPolicyNever
	case model.PolicyAlways:
		out.PINPolicy = piv.PINPolicyAlways
	default:
		return piv.Key{}, usage(a.name, "a PIN can't be cached for some seconds", "Choose never, once or always.")
	}
	switch key.Touch {
	case model.PolicyUnknown, model.PolicyAlways:
	case model.PolicyNever:
		out.TouchPolicy = piv.TouchPolicyNever
	case model.PolicyCached:
		out.TouchPolicy = piv.TouchPolicyCached
	default:
		return piv.Key{}, usage(a.name, "a touch can't be asked for once", "Choose never, cached or always.")
	}
	return out, nil
}

// importable is the algorithm of a key that was made elsewhere.
func importable(name string, public crypto.PublicKey) (model.Algorithm, error) {
	switch public := public.(type) {
	case *ecdsa.PublicKey:
		switch public.Curve.Params().BitSize {
		case 256:
			return model.ECDSAP256, nil
		case 384:
			return model.ECDSAP384, nil
		}
	case ed25519.PublicKey:
		return model.Ed25519, nil
	case *rsa.PublicKey:
		switch public.N.BitLen() {
		case 2048:
			return rsa2048, nil
		case 3072:
			return model.RSA3072, nil
		case 4096:
			return rsa4096, nil
		}
	}
	return "", usage(name, "doesn't take a key of this kind", "Use a key of ECDSA P-256 or P-384, RSA of 2048 bits, or with firmware 5.7 Ed25519 or RSA of 3072 or 4096 bits.")
}

// managing calls change with the management key, and wipes that. It is the caller's, or the one
// that the token keeps behind its PIN, or the one from the factory, if the user has agreed and the
// token says that it has that.
func (a *attempt) managing(ctx context.Context, open port.TokenSecrets, change func(manager []byte) error) error {
	manager, err := a.manager(ctx, open)
	if err != nil {
		return err
	}
	defer clear(manager)
	err = change(manager)
	const refused, otherAlgorithm = swNotSatisfied, swWrongData
	isManager := err != nil && strings.Contains(err.Error(), "authenticating with management key")
	if isManager && (statusOf(err) == refused || statusOf(err) == otherAlgorithm) {
		return &model.Fault{
			Kind: model.FaultSecret, Subject: a.name, Text: "the management key is wrong", Err: err,
			Hint: "Try again. The token doesn't count wrong management keys.",
		}
	}
	return explained(a.name, err)
}

// managed calls do, which gives the token the management key: that may want a touch of its own.
func (a *attempt) managed(touch port.TouchNotice, do func() error) error {
	if a.read.managerTouch == model.PolicyUnknown {
		return do() // keys take long to make, and few management keys want a touch
	}
	return touching(a.read.managerTouch, touch, do)
}

// managerLengths are those of management keys in bytes.
var managerLengths = map[string]int{"3DES": 24, "AES-128": 16, "AES-192": 24, "AES-256": 32}

// manager is a copy of the management key. No key is tried that nobody has named.
func (a *attempt) manager(ctx context.Context, open port.TokenSecrets) ([]byte, error) {
	known := a.read.Management
	switch {
	case open.Management != nil:
		if want, ok := managerLengths[known.Algorithm]; ok && len(open.Management) != want {
			return nil, &model.Fault{
				Kind: model.FaultSecret, Subject: a.name, Text: "the management key has the wrong length for " + known.Algorithm,
				Hint: "It has 48 hexadecimal digits for 3DES and AES-192, 32 for AES-128, and 64 for AES-256.",
			}
		}
		return bytes.Clone(open.Management), nil
	case known.Protected:
		return a.protected(ctx, open.PIN)
	case open.Factory && known.Default == model.Yes:
		return bytes.Clone(piv.DefaultManagementKey), nil
	case open.Factory && known.Default == model.No:
		return nil, &model.Fault{Kind: model.FaultSecret, Subject: a.name, Text: "its management key isn't the one from the factory any longer", Hint: "Enter the management key."}
	case open.Factory:
		return nil, &model.Fault{
			Kind: model.FaultSecret, Subject: a.name, Text: "firmware " + a.read.Firmware + " doesn't tell whether the management key is the one from the factory", Hint: "Enter the management key.",
		}
	default:
		return nil, &model.Fault{Kind: model.FaultSecret, Subject: a.name, Text: "the management key is needed", Hint: "Enter it, or agree to use the one from the factory if the token still has that."}
	}
}

// protected reads the management key that the token gives to those who know its PIN.
func (a *attempt) protected(ctx context.Context, pin []byte) ([]byte, error) {
	var kept *piv.Metadata
	err := a.spend(ctx, pin, func() (err error) {
		kept, err = a.yk.Metadata(string(pin))
		return err
	})
	if err != nil {
		return nil, err
	}
	if kept.ManagementKey == nil {
		return nil, bad(a.name, "says that it keeps its management key, and doesn't", nil)
	}
	return *kept.ManagementKey, nil
}

// ChangePIN replaces the PIN.
func (s *Store) ChangePIN(ctx context.Context, old, fresh []byte) error {
	if model.CheckPIN(fresh) != nil {
		return &model.Fault{Kind: model.FaultUsage, Subject: s.Name(), Text: "a PIN has 6 to 8 characters", Hint: "Choose another PIN; the old one is still valid."}
	}
	a, err := s.hold(ctx, readSecrets)
	if err != nil {
		return err
	}
	defer a.close()
	return a.spend(ctx, old, func() error {
		err := a.yk.SetPIN(string(old), string(fresh))
		if s := statusOf(err); s == swConditions || s == swWrongData {
			return &model.Fault{
				Kind: model.FaultUsage, Subject: a.name, Text: "the token refuses the new PIN as too simple", Err: err,
				Hint: "Choose one with several different characters; the old one is still valid.",
			}
		}
		return err
	})
}

// certify has a key sign its own certificate, and writes that into its slot. The PIN was given to
// the token before; a policy may want it again.
func (a *attempt) certify(ctx context.Context, manager []byte, slot *model.TokenSlot, subject string, pin []byte, touch port.TouchNotice) error {
	public, err := x509.ParsePKIXPublicKey(slot.SPKI)
	if err != nil {
		return bad(a.name, "holds a key that can't be read in slot "+slot.ID, err)
	}
	if slot.PIN != model.PolicyNever {
		if err := a.verify(ctx, pin); err != nil {
			return err
		}
	}
	certificate, err := selfSigned(subject, &onToken{a, *slot, public, touch})
	if err != nil {
		return err
	}
	return a.store(manager, slot, certificate, touch)
}

// onToken signs a certificate with a key of a token that is held.
type onToken struct {
	attempt *attempt
	slot    model.TokenSlot
	public  crypto.PublicKey
	touch   port.TouchNotice
}

// store writes a certificate into a slot.
func (a *attempt) store(manager []byte, slot *model.TokenSlot, certificate *x509.Certificate, touch port.TouchNotice) error {
	err := a.managed(touch, func() error { return a.yk.SetCertificate(manager, pivSlot(slot.ID), certificate) })
	if err != nil {
		return err
	}
	slot.State, slot.Fault = model.SlotWhole, nil
	slot.Certificate, slot.Subject, slot.Expires = certificate.Raw, certificate.Subject.CommonName, certificate.NotAfter
	return nil
}
