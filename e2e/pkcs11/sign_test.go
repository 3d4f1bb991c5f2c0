//go:build hsm

package pkcs11_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"testing"

	"trustdeck/model"
)

// usual is a signature of a hash.
var usual crypto.SignerOpts = crypto.SHA256

// signs fails unless a key signs, so that Go's own code verifies it.
func (b *bench) signs(key model.PrivateKey, opts crypto.SignerOpts) {
	b.Helper()
	signer, err := b.store().Unlock(b.Context(), key.ID, []byte(pin))
	if err != nil {
		b.Fatalf("%s: %v", key.Label, err)
	}
	defer func() { _ = signer.Close() }() // not written to
	message := []byte("a message")
	signature, err := signer.SignMessage(rand.Reader, message, opts)
	if err != nil {
		b.Fatalf("%s: %v (%s)", key.Label, err, model.HintOf(err))
	}
	digest := message
	if hash := opts.HashFunc(); hash != 0 {
		h := hash.New()
		h.Write(message)
		digest = h.Sum(nil)
	}
	public, err := x509.ParsePKIXPublicKey(key.SPKI)
	if err != nil {
		b.Fatal(err)
	}
	var ok bool
	switch public := public.(type) {
	case *ecdsa.PublicKey:
		ok = ecdsa.VerifyASN1(public, digest, signature)
	case ed25519.PublicKey:
		ok = ed25519.Verify(public, digest, signature)
	case *rsa.PublicKey:
		if pss, isPSS := opts.(*rsa.PSSOptions); isPSS {
			ok = rsa.VerifyPSS(public, opts.HashFunc(), digest, signature, pss) == nil
		} else {
			ok = rsa.VerifyPKCS1v15(public, opts.HashFunc(), digest, signature) == nil
		}
	}
	if !ok {
		b.Errorf("%s: not verified", key.Label)
	}
}

func TestSign(t *testing.T) {
	b := withToken(t)
	for _, c := range []struct {
		name, kind string
		opts       []crypto.SignerOpts
	}{
		// A hash longer than the curve is cut.
		{"p256", "EC:prime256v1", []crypto.SignerOpts{crypto.SHA256, crypto.SHA512}},
		{"p384", "EC:secp384r1", []crypto.SignerOpts{crypto.SHA384, crypto.SHA256}},
		{"ed25519", "EC:edwards25519", []crypto.SignerOpts{crypto.Hash(0)}},
		{"rsa", "rsa:2048", []crypto.SignerOpts{
			crypto.SHA256, crypto.SHA512,
			&rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: crypto.SHA256},
			&rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthAuto, Hash: crypto.SHA384},
			&rsa.PSSOptions{SaltLength: 20, Hash: crypto.SHA512},
		}},
	} {
		id := map[string]string{"p256": "01", "p384": "02", "ed25519": "03", "rsa": "04"}[c.name]
		b.generate(c.kind, id, c.name)
		key := b.key(b.store(), c.name)
		for _, opts := range c.opts {
			b.signs(key, opts)
		}
	}
}

// What a key can't sign is refused before the token is asked, and a Signer that was closed signs
// nothing.
func TestRefusedToSign(t *testing.T) {
	b := withToken(t)
	b.generate("EC:edwards25519", "01", "edwards")
	b.generate("rsa:2048", "02", "rsa")
	s := b.store()
	digest := sha256.Sum256(nil)
	for name, opts := range map[string]crypto.SignerOpts{"edwards": crypto.SHA256, "rsa": crypto.SHA1} {
		signer, err := s.Unlock(t.Context(), b.key(s, name).ID, []byte(pin))
		if err != nil {
			t.Fatal(err)
		}
		_, err = signer.(crypto.Signer).Sign(rand.Reader, digest[:], opts)
		b.fails(err, model.FaultUsage, "can't sign")
		if err := signer.Close(); err != nil {
			t.Error(err)
		}
		_, err = signer.SignMessage(rand.Reader, nil, crypto.SHA256)
		b.fails(err, model.FaultUsage, "the key was locked again")
	}
}

// A public key that isn't that of the private key with the same ID is found out by the signature.
func TestOtherPublicHalf(t *testing.T) {
	b := withToken(t)
	b.generate("EC:prime256v1", "01", "one")
	b.generate("EC:prime256v1", "02", "two")
	b.hsm.Tool(label, pin, "--delete-object", "--type", "privkey", "--id", "02")
	b.hsm.Tool(label, pin, "--set-id", "02", "--type", "privkey", "--id", "01")
	s := b.store()
	signer, err := s.Unlock(t.Context(), b.key(s, "two").ID, []byte(pin))
	if err != nil {
		t.Fatal(err)
	}
	_, err = signer.SignMessage(rand.Reader, nil, usual)
	b.fails(err, model.FaultBadData, "returned a signature that the public key doesn't verify")
}
