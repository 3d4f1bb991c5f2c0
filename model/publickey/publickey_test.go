package publickey_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"strings"
	"testing"

	"trustdeck/model"
	"trustdeck/model/publickey"
	"trustdeck/model/wordcode"
)

func TestForms(t *testing.T) {
	ec := func(c elliptic.Curve) crypto.PublicKey {
		k, err := ecdsa.GenerateKey(c, rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		return k.Public()
	}
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	edwards, _, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name   string
		public crypto.PublicKey
		jwk    map[string]string
	}{
		{"P-256", ec(elliptic.P256()), map[string]string{"kty": "EC", "crv": "P-256"}},
		{"P-521", ec(elliptic.P521()), map[string]string{"kty": "EC", "crv": "P-521"}},
		{"RSA", rsaKey.Public(), map[string]string{"kty": "RSA", "e": "AQAB"}},
		{"Ed25519", edwards, map[string]string{"kty": "OKP", "crv": "Ed25519"}},
		{"P-224, which JWK doesn't have", ec(elliptic.P224()), nil},
	}
	for _, test := range tests {
		spki, err := x509.MarshalPKIXPublicKey(test.public)
		if err != nil {
			t.Fatal(err)
		}
		got := publickey.Of(spki, "0123")
		block, rest := pem.Decode([]byte(got.PEM))
		if block == nil || block.Type != "PUBLIC KEY" || len(rest) > 0 || !bytes.Equal(block.Bytes, spki) {
			t.Errorf("%s: PEM %q", test.name, got.PEM)
		}
		if want := (model.Key{SPKI: spki}).Fingerprint(); got.Fingerprint != want {
			t.Errorf("%s: fingerprint %s, want %s", test.name, got.Fingerprint, want)
		}
		if back, err := wordcode.Decode(strings.Join(got.Words, " ")); err != nil || hex.EncodeToString(back) != got.Fingerprint || len(got.Words) != 24 {
			t.Errorf("%s: words %v, %v", test.name, got.Words, err)
		}
		if test.jwk == nil {
			if got.JWK != "" || got.Thumbprint != "" {
				t.Errorf("%s: JWK %s", test.name, got.JWK)
			}
			continue
		}
		var fields map[string]string
		if err := json.Unmarshal([]byte(got.JWK), &fields); err != nil || fields["kid"] != "0123" || len(got.Thumbprint) != 43 || strings.Contains(got.JWK, "\n") {
			t.Errorf("%s: JWK %s, thumbprint %q, %v", test.name, got.JWK, got.Thumbprint, err)
		}
		for name, want := range test.jwk {
			if fields[name] != want {
				t.Errorf("%s: %s is %q in %s", test.name, name, fields[name], got.JWK)
			}
		}
		if fields["d"] != "" {
			t.Errorf("%s: the JWK has a private part", test.name)
		}
	}
}

func TestFormsOfWhatIsNoKey(t *testing.T) {
	none := publickey.Of(nil, "0123")
	if none.PEM != "" || none.Words != nil || none.Fingerprint != "" || none.JWK != "" {
		t.Errorf("of nothing: %+v", none)
	}
	got := publickey.Of([]byte("\x30\x00"), "0123")
	if got.JWK != "" || got.Fingerprint == "" {
		t.Errorf("of no key: %+v", got)
	}
}

func TestCertificate(t *testing.T) {
	block, _ := pem.Decode([]byte(publickey.Certificate(model.Certificate{Raw: []byte("der")})))
	if block == nil || block.Type != "CERTIFICATE" || string(block.Bytes) != "der" {
		t.Errorf("%+v", block)
	}
}
