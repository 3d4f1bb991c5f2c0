package hardware_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"testing"

	"trustdeck/keystore/hardware"
)

// The same wrong PIN is known again until the counter of the token is another.
func TestRefusals(t *testing.T) {
	r := hardware.NewRefusals()
	r.Add("a", []byte("111111"), 2)
	if !r.Has("a", []byte("111111"), 2) || r.Has("a", []byte("222222"), 2) || r.Has("b", []byte("111111"), 2) || r.Has("a", []byte("111111"), 3) {
		t.Error("not known again")
	}
	if r.Forget("a"); r.Has("a", []byte("111111"), 2) {
		t.Error("not forgotten")
	}
}

// A signature counts only for the key and the message that it was made of.
func TestVerifies(t *testing.T) {
	digest := sha256.Sum256([]byte("signed"))
	other := sha256.Sum256([]byte("not signed"))
	ec, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	rsaKey, _ := rsa.GenerateKey(rand.Reader, 2048)
	_, edwards, _ := ed25519.GenerateKey(rand.Reader)
	pss := &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: crypto.SHA256}
	for _, c := range []struct {
		name string
		key  crypto.Signer
		opts crypto.SignerOpts
	}{
		{"ECDSA", ec, crypto.SHA256},
		{"RSA PKCS #1 v1.5", rsaKey, crypto.SHA256},
		{"RSA-PSS", rsaKey, pss},
		{"Ed25519", edwards, crypto.Hash(0)},
	} {
		signature, err := c.key.Sign(rand.Reader, digest[:], c.opts)
		if err != nil {
			t.Fatal(err)
		}
		if !hardware.Verifies(c.key.Public(), digest[:], signature, c.opts) || hardware.Verifies(c.key.Public(), other[:], signature, c.opts) {
			t.Errorf("%s: judged wrongly", c.name)
		}
	}
	if hardware.Verifies("no key", digest[:], nil, crypto.SHA256) {
		t.Error("of no key")
	}
}
