package tuf_test

import (
	"bytes"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"strings"
	"testing"

	mldsax509 "filippo.io/mldsa/x509"

	"trustdeck/model"
	"trustdeck/model/dialect"
	"trustdeck/model/tuf"
	"trustdeck/model/tuf/tuftest"
)

// public is a key as a file lists it.
func public(k *tuftest.Key) model.PublicKey {
	text, _ := k.Object["keyval"].(tuftest.Object)["public"].(string)
	out := model.PublicKey{ID: k.ID, Type: model.KeyType(k.Object["keytype"].(string)), Public: []byte(text)}
	out.Scheme, _ = k.Object["scheme"].(string)
	return out
}

// Each kind of key keeps its identity, whatever its form, and verifies what it signed.
func TestKeys(t *testing.T) {
	t.Parallel()
	d := tuf.Dialect{}
	for name, make := range tuftest.Algorithms() {
		k := make()
		listed := public(k)
		bare, err := d.Bare(k.Public)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		described := d.Describe(listed)
		if described.ID != bare.ID || d.CanonicalID(listed) != bare.ID || !described.Has(k.ID) || described.Algorithm == "" {
			t.Errorf("%s: %+v, and bare %s", name, described, bare.ID)
		}
		if d.Fingerprint(listed) != d.Fingerprint(bare) || d.Fingerprint(bare) == "" || described.Fingerprint() != d.Fingerprint(bare) {
			t.Errorf("%s has two fingerprints", name)
		}
		if err := d.CheckKey(listed, "", tuftest.At); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		sig := dialect.Signature{KeyID: k.ID, Sig: k.Sign([]byte("payload"))}
		if err := d.Verify(listed, []byte("payload"), sig); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if d.Verify(listed, []byte("another"), sig) == nil {
			t.Errorf("%s verifies a signature of something else", name)
		}
		der, err := mldsax509.MarshalPKIXPublicKey(k.Public)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := d.ParsePublicFile(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})); err != nil || got.ID != bare.ID {
			t.Errorf("%s from a file: %s, %v", name, got.ID, err)
		}
	}
}

// TAP 21 signs a digest behind a domain, and nothing else.
func TestMLDSASignsADigest(t *testing.T) {
	t.Parallel()
	k := tuftest.Algorithms()["ML-DSA-44"]()
	wrong := public(k)
	wrong.Scheme = "ml-dsa-44/2"
	if err := (tuf.Dialect{}).CheckKey(wrong, "", tuftest.At); err == nil {
		t.Error("a version of the pre-hash is accepted that does not exist")
	}
	wrong.Scheme = "ml-dsa-65/1"
	if err := (tuf.Dialect{}).CheckKey(wrong, "", tuftest.At); err == nil {
		t.Error("a key is accepted for another set of parameters")
	}
}

func TestBadKeys(t *testing.T) {
	t.Parallel()
	small, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	other, err := ecdsa.GenerateKey(elliptic.P224(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	exchange, err := ecdh.X25519().GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	armored := func(public any) []byte {
		der, err := x509.MarshalPKIXPublicKey(public)
		if err != nil {
			t.Fatal(err)
		}
		return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
	}
	p256 := public(tuftest.P256())
	for _, c := range []struct {
		key   model.PublicKey
		words string
	}{
		{model.PublicKey{Type: "sigstore-oidc", Scheme: "Fulcio"}, `keys of type "sigstore-oidc" are not supported`},
		{model.PublicKey{Type: "ed25519", Scheme: "ed25519", Public: []byte("00")}, "an Ed25519 key has 32 bytes"},
		{model.PublicKey{Type: "ed25519", Scheme: "other", Public: bytes.Repeat([]byte("0"), 64)}, `the scheme "other" is not supported`},
		{model.PublicKey{Type: "ecdsa", Scheme: "ecdsa-sha2-nistp256", Public: []byte("zz")}, "neither in PEM form nor in hexadecimal"},
		{model.PublicKey{Type: "ecdsa", Scheme: "ecdsa-sha2-nistp256", Public: []byte("00")}, "the public key does not parse"},
		{model.PublicKey{Type: "ecdsa", Scheme: "ecdsa-sha2-nistp256", Public: append(bytes.Clone(p256.Public), "more"...)}, "the public key does not parse"},
		{model.PublicKey{Type: "rsa", Scheme: "rsassa-pss-sha256", Public: []byte("00")}, "is not in PEM form"},
		{model.PublicKey{Type: "rsa", Scheme: "rsassa-pss-sha256", Public: armored(&small.PublicKey)}, "has 1024 bits; the minimum is 2048"},
		{model.PublicKey{Type: "rsa", Scheme: "rsassa-pss-sha256", Public: p256.Public}, `an ECDSA key is listed as "rsa"`},
		{model.PublicKey{Type: "ecdsa", Scheme: "rsassa-pss-sha256", Public: p256.Public}, `the scheme "rsassa-pss-sha256" is not supported`},
		{model.PublicKey{Type: "ecdsa", Scheme: "ecdsa-sha2-nistp256", Public: armored(&other.PublicKey)}, "the key is on P-224, but its scheme ecdsa-sha2-nistp256 is for P-256"},
		{model.PublicKey{Type: "ecdsa", Scheme: "ecdsa-sha2-nistp256", Public: armored(exchange.PublicKey())}, "no TUF scheme supports the key's algorithm"},
	} {
		if err := (tuf.Dialect{}).CheckKey(c.key, "", tuftest.At); err == nil || !strings.Contains(err.Error(), c.words) {
			t.Errorf("%s %s: %v, want %q", c.key.Type, c.key.Scheme, err, c.words)
		}
		if id := (tuf.Dialect{}).CanonicalID(c.key); id != c.key.ID {
			t.Errorf("it has the ID %q", id)
		}
	}
}

func TestPublicFiles(t *testing.T) {
	t.Parallel()
	key := public(tuftest.P256()).Public
	for text, words := range map[string]string{
		"":                        "it is not a PEM key",
		string(key) + string(key): "it contains more than one key",
		"-----BEGIN EC PRIVATE KEY-----\nAA==\n-----END EC PRIVATE KEY-----\n": "it contains a private key",
		"-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n":       `it contains "CERTIFICATE", which is not a public key`,
		"-----BEGIN PUBLIC KEY-----\nAA==\n-----END PUBLIC KEY-----\n":         "the public key in it does not parse",
		strings.Repeat("x", tuf.MaxPublicFile+1):                               "it is larger than 64 KiB",
	} {
		if _, err := (tuf.Dialect{}).ParsePublicFile([]byte(text)); err == nil || !strings.Contains(err.Error(), words) {
			t.Errorf("%.40q: %v", text, err)
		}
	}
	if _, err := (tuf.Dialect{}).Certified(key); err == nil {
		t.Error("a key is listed as a certificate")
	}
}

// parsed is the file of a role in one version.
func parsed(t *testing.T, r *tuftest.Repository, role model.RoleName, name string) *dialect.File {
	t.Helper()
	f, err := (tuf.Dialect{}).Parse(role, r.Wire[name])
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// Versions of the past are judged by those who were to sign them then.
func TestIssuers(t *testing.T) {
	t.Parallel()
	d := tuf.Dialect{}
	r := rotated(2)
	r.DelegateBins("targets", 2, "bin", tuftest.By(tuftest.Ed25519()))
	r.Publish("targets", "bin-0")
	one, two, three := parsed(t, r, "root", "1.root.json"), parsed(t, r, "root", "2.root.json"), parsed(t, r, "root", "3.root.json")
	if p := d.Succeeds("", tuftest.At, one, two); p != nil {
		t.Errorf("root 2 does not succeed root 1: %s", p.Text)
	}
	for _, pair := range [][2]*dialect.File{{one, three}, {two, one}} {
		if d.Succeeds("", tuftest.At, pair[0], pair[1]) == nil {
			t.Errorf("root %d succeeds root %d", pair[1].Version, pair[0].Version)
		}
	}
	if p := d.Succeeds("", tuftest.At, one, one); p != nil {
		t.Errorf("root 1 does not stand by itself: %s", p.Text)
	}
	r.Wire["alone.json"] = r.Sign(r.Signed["root"], r.Signers["root"][0])
	if alone := parsed(t, r, "root", "alone.json"); d.Succeeds("", tuftest.At, alone, alone) == nil {
		t.Error("a root with one signature of two stands by itself")
	}
	root := d.Issuer(three)
	targets := parsed(t, r, "targets", "targets.json")
	if v := root.Judge(targets); !v.Met || len(v.Signers) != 1 || root.Version() != 3 {
		t.Errorf("%+v", v)
	}
	if root.PolicyID("targets") != d.Issuer(one).PolicyID("targets") || root.PolicyID("root") == d.Issuer(one).PolicyID("root") || root.PolicyID("bin-0") != "" {
		t.Error("policies are mixed up")
	}
	bin := parsed(t, r, "bin-0", "bin-0.json")
	if v := d.Issuer(targets).Judge(bin); !v.Met {
		t.Errorf("%+v", v)
	}
	if v := root.Judge(bin); v.Met || len(v.Problems) != 1 {
		t.Errorf("%+v", v)
	}
	ring := d.Keyring()
	for _, f := range []*dialect.File{one, two, three} {
		ring.Add(f)
	}
	if got := ring.Signed(two); len(got) != 4 {
		t.Errorf("root 2 is signed by %d keys", len(got))
	}
}
