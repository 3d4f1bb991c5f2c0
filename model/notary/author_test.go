package notary_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"testing"
	"time"

	"trustdeck/model"
	"trustdeck/model/dialect"
	"trustdeck/model/notary"
)

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// Every kind of key signs what the verification then counts as valid.
func TestSign(t *testing.T) {
	_, edwards, err := ed25519.GenerateKey(rand.Reader)
	check(t, err)
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	check(t, err)
	keys := map[string]crypto.Signer{"Ed25519": edwards, "RSA": rsaKey}
	for name, curve := range map[string]elliptic.Curve{"P-256": elliptic.P256(), "P-384": elliptic.P384(), "P-521": elliptic.P521()} {
		keys[name], err = ecdsa.GenerateKey(curve, rand.Reader)
		check(t, err)
	}
	for name, key := range keys {
		t.Run(name, func(t *testing.T) {
			public, err := notary.Bare(key.Public())
			check(t, err)
			root := &notary.File{Metadata: model.Metadata{
				Role: model.RoleRoot, Version: 1, Keys: []notary.PublicKey{public},
				Roles: []model.Delegation{{Name: model.RoleTargets, KeyIDs: []model.KeyID{public.ID}, Threshold: 1}},
			}}
			f := &notary.File{Metadata: model.Metadata{Role: model.RoleTargets, Version: 1, Expires: time.Unix(0, 0)}}
			for range 20 { // r and s are sometimes short
				f.Version++
				sig, err := notary.Sign(public.ID, key, f.Canonical())
				check(t, err)
				f.Signatures = []dialect.Signature{sig}
				parsed, err := notary.Parse(model.RoleTargets, f.Wire())
				check(t, err)
				if v := notary.NewIssuer(root).Judge(parsed); !v.Met {
					t.Fatalf("the signature does not count: %v", v.Problems)
				}
			}
		})
	}
}

// The same ECDSA key and payload give the same signature, and the same key and
// serial the same certificate.
func TestSignIsDeterministic(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	check(t, err)
	a, err := notary.Sign("id", key, []byte("payload"))
	check(t, err)
	b, err := notary.Sign("id", key, []byte("payload"))
	check(t, err)
	if !bytes.Equal(a.Sig, b.Sig) {
		t.Error("two signatures differ")
	}
	at := time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC)
	one, err := notary.NewCertificate("docker.io/acme/app", key, [16]byte{1}, at)
	check(t, err)
	two, err := notary.NewCertificate("docker.io/acme/app", key, [16]byte{1}, at)
	check(t, err)
	if !bytes.Equal(one, two) {
		t.Error("two certificates differ")
	}
}

// The certificate of a root key is what Notary makes (notary-v1, 2.3).
func TestNewCertificate(t *testing.T) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	check(t, err)
	at := time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC)
	text, err := notary.NewCertificate("docker.io/acme/app", key, [16]byte{1}, at)
	check(t, err)
	listed, err := notary.Certified(text)
	check(t, err)
	if listed.Type != model.KeyRSAX509 {
		t.Errorf("type %s", listed.Type)
	}
	block, _ := pem.Decode(text)
	c, err := x509.ParseCertificate(block.Bytes)
	check(t, err)
	switch {
	case c.Subject.String() != "CN=docker.io/acme/app", c.Issuer.String() != c.Subject.String():
		t.Errorf("subject %s, issuer %s", c.Subject, c.Issuer)
	case !c.NotBefore.Equal(at), c.NotAfter.Sub(at) != 10*365*24*time.Hour:
		t.Errorf("valid from %s to %s", c.NotBefore, c.NotAfter)
	case c.KeyUsage != x509.KeyUsageDigitalSignature|x509.KeyUsageKeyEncipherment:
		t.Errorf("key usage %b", c.KeyUsage)
	case len(c.ExtKeyUsage) != 1 || c.ExtKeyUsage[0] != x509.ExtKeyUsageCodeSigning:
		t.Errorf("extended key usage %v", c.ExtKeyUsage)
	case c.IsCA || !c.BasicConstraintsValid || len(c.DNSNames) > 0 || c.SubjectKeyId != nil:
		t.Error("constraints, names or key identifiers that Notary does not write")
	}
}

func TestCertifiedRefuses(t *testing.T) {
	public, private, err := ed25519.GenerateKey(rand.Reader)
	check(t, err)
	edwards, err := notary.NewCertificate("docker.io/acme/app", private, [16]byte{1}, time.Unix(0, 0))
	check(t, err)
	spki, err := x509.MarshalPKIXPublicKey(public)
	check(t, err)
	for name, text := range map[string][]byte{
		"nothing":                nil,
		"a public key":           pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: spki}),
		"garbage":                pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: []byte("x")}),
		"an Ed25519 certificate": edwards,
	} {
		if _, err := notary.Certified(text); err == nil {
			t.Errorf("%s passed for a certificate", name)
		}
	}
}

// whole is a key that wants to see what it signs, as those of some tokens do.
type whole struct{ crypto.Signer }

func (whole) Sign(io.Reader, []byte, crypto.SignerOpts) ([]byte, error) {
	return nil, errors.New("this key signs whole messages and no digests")
}

func (w whole) SignMessage(rand io.Reader, message []byte, opts crypto.SignerOpts) ([]byte, error) {
	return crypto.SignMessage(w.Signer, rand, message, opts)
}

// A key that signs whole messages only makes a certificate too, and metadata.
func TestCertificateOfWholeKey(t *testing.T) {
	curve, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	check(t, err)
	numbers, err := rsa.GenerateKey(rand.Reader, 2048)
	check(t, err)
	for _, key := range []crypto.Signer{curve, numbers} {
		text, err := notary.NewCertificate("docker.io/acme/app", whole{key}, [16]byte{1}, time.Unix(0, 0))
		if err != nil {
			t.Errorf("%T: %v", key, err)
			continue
		}
		if _, err := notary.Certified(text); err != nil {
			t.Errorf("%T: %v", key, err)
		}
		bare, err := notary.Bare(key.Public())
		check(t, err)
		sig, err := notary.Sign(bare.ID, whole{key}, text)
		check(t, err)
		check(t, notary.Format{}.Verify(bare, text, sig))
	}
}
