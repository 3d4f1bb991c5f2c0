//go:build hsm

package pkcs11

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/asn1"
	"math/big"
	"strings"
	"testing"
	"unicode/utf8"

	"trustdeck/model/display"
)

func der(t testing.TB, v any) []byte {
	t.Helper()
	out, err := asn1.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// A point is read with the OCTET STRING around it, as the specification has it, and without.
func TestPoints(t *testing.T) {
	key, _ := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	point, _ := key.PublicKey.Bytes()
	edwards, _, _ := ed25519.GenerateKey(rand.Reader)
	for _, wrapped := range []bool{true, false} {
		form := func(point []byte) []byte {
			if wrapped {
				return der(t, point)
			}
			return point
		}
		if got, err := ecKey(der(t, oidP384), form(point)); err != nil || !key.PublicKey.Equal(got) {
			t.Errorf("wrapped %v: %v, %v", wrapped, got, err)
		}
		for _, params := range [][]byte{der(t, oidEd25519), {0x13, 0x0c, 'e', 'd', 'w', 'a', 'r', 'd', 's', '2', '5', '5', '1', '9'}} {
			if got, err := edwardsKey(params, form(edwards)); err != nil || !edwards.Equal(got) {
				t.Errorf("wrapped %v: %v, %v", wrapped, got, err)
			}
		}
	}
}

// What is no key that can be used is refused, with the reason.
func TestRefusedKeys(t *testing.T) {
	big := new(big.Int).Lsh(big.NewInt(1), 2047).Bytes()
	for says, read := range map[string]func() (crypto.PublicKey, error){
		"its curve can't be read":           func() (crypto.PublicKey, error) { return ecKey([]byte{6, 9}, nil) },
		"neither P-256 nor P-384":           func() (crypto.PublicKey, error) { return ecKey(der(t, oidEd25519), nil) },
		"its point is not on its curve":     func() (crypto.PublicKey, error) { return ecKey(der(t, oidP256), bytes.Repeat([]byte{4}, 65)) },
		"its curve is not Ed25519":          func() (crypto.PublicKey, error) { return edwardsKey(der(t, oidP256), nil) },
		"an Ed25519 key of 3 bytes":         func() (crypto.PublicKey, error) { return edwardsKey(der(t, oidEd25519), []byte{1, 2, 3}) },
		"its exponent is not one of RSA":    func() (crypto.PublicKey, error) { return rsaKey(big, []byte{4}) },
		"RSA of 8 bits":                     func() (crypto.PublicKey, error) { return rsaKey([]byte{255}, []byte{1, 0, 1}) },
		"RSA of 16392 bits, instead of 204": func() (crypto.PublicKey, error) { return rsaKey(bytes.Repeat([]byte{255}, 2049), []byte{1, 0, 1}) },
	} {
		if _, err := read(); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("got %v, want %s", err, says)
		}
	}
	if err := check("no key"); err == nil {
		t.Error("no key is taken for one")
	}
}

// Both halves of a raw signature become numbers, whatever they begin with.
func TestSignatureDER(t *testing.T) {
	key, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	for n := range 600 { // until one of the halves begins with a zero
		digest := sha256.Sum256([]byte{byte(n), byte(n >> 8)})
		r, s, err := ecdsa.Sign(rand.Reader, key, digest[:])
		if err != nil {
			t.Fatal(err)
		}
		raw := append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...)
		signature, err := signatureDER(raw, elliptic.P256())
		if err != nil || !ecdsa.VerifyASN1(&key.PublicKey, digest[:], signature) {
			t.Fatalf("%x: %v", raw, err)
		}
	}
	if _, err := signatureDER(make([]byte, 63), elliptic.P256()); err == nil {
		t.Error("a short one is taken")
	}
}

// PKCS #1 v1.5 signs what crypto/rsa signs, and the salt of RSA-PSS is as long as there.
func TestRSAForms(t *testing.T) {
	key, _ := rsa.GenerateKey(rand.Reader, 2048)
	for _, hash := range []crypto.Hash{crypto.SHA256, crypto.SHA384, crypto.SHA512} {
		h := hash.New()
		h.Write([]byte("message"))
		digest := h.Sum(nil)
		info, err := digestInfo(hash, digest)
		if err != nil {
			t.Fatal(err)
		}
		signature, err := rsa.SignPKCS1v15(nil, key, 0, info) // pads what it is given
		if err != nil || rsa.VerifyPKCS1v15(&key.PublicKey, hash, digest, signature) != nil {
			t.Errorf("%s: %v", hash, err)
		}
		if got, want := saltLength(&key.PublicKey, &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthAuto, Hash: hash}), 256-2-hash.Size(); got != want {
			t.Errorf("%s: a salt of %d bytes, want %d", hash, got, want)
		}
	}
	if _, err := digestInfo(crypto.SHA1, make([]byte, 20)); err == nil {
		t.Error("SHA-1 is signed")
	}
	if _, err := digestInfo(crypto.SHA256, nil); err == nil {
		t.Error("a digest of another length is signed")
	}
}

// The name of a token has its label and serial number, and can be shown.
func TestNames(t *testing.T) {
	for want, of := range map[string][2]string{
		"PKCS #11 token acme 1a2b":      {"acme", "1a2b"},
		"PKCS #11 token acme":           {"acme", ""},
		"PKCS #11 token 1a2b":           {"", "1a2b"},
		"PKCS #11 token without a name": {" ", "\x00"},
		"PKCS #11 token a[31mb 1":       {"a\x1b[31mb", "1"},
	} {
		if got := nameOf(of[0], of[1]); got != want {
			t.Errorf("%q: %q, want %q", of, got, want)
		}
	}
	if hexID(bytes.Repeat([]byte{1}, 300)) != strings.Repeat("01", 20)+"…" {
		t.Error("a long ID is not cut")
	}
}

// No bytes of a token bring the readers down, or give a key that has no form.
func FuzzKeys(f *testing.F) {
	f.Add([]byte{6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7}, bytes.Repeat([]byte{4}, 65))
	f.Add([]byte{1, 0, 1}, bytes.Repeat([]byte{255}, 256))
	f.Fuzz(func(t *testing.T, params, value []byte) {
		for _, read := range []func([]byte, []byte) (crypto.PublicKey, error){
			ecKey, edwardsKey, func(e, n []byte) (crypto.PublicKey, error) { return rsaKey(n, e) },
		} {
			if key, err := read(params, value); err == nil && check(key) != nil {
				t.Errorf("%v is used: %v", key, check(key))
			}
		}
		ulong(value)
		if name := nameOf(string(params), string(value)); !utf8.ValidString(name) || !display.Shown(name) {
			t.Errorf("%q", name)
		}
	})
}
