//go:build yubikey

package yubikey

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"testing"

	"trustdeck/model"
)

// Lengths of one to four bytes are read, and what is cut off is refused.
func TestElements(t *testing.T) {
	long := bytes.Repeat([]byte{7}, 300)
	for _, c := range []struct {
		name  string
		bytes []byte
		tag   int
		want  []byte
		ok    bool
	}{
		{"short", []byte{0x86, 1, 9}, 0x86, []byte{9}, true},
		{"a tag of two bytes", []byte{0x7f, 0x49, 1, 9}, 0x7f49, []byte{9}, true},
		{"longer than needed", []byte{0x86, 0x82, 0, 1, 9}, 0x86, []byte{9}, true},
		{"long", append([]byte{0x53, 0x82, 0x01, 0x2c}, long...), 0x53, long, true},
		{"the first of two", []byte{0x86, 1, 9, 0x86, 1, 8}, 0x86, []byte{9}, true},
		{"nothing", nil, 0x86, nil, true},
		{"no length", []byte{0x86}, 0x86, nil, false},
		{"no end of the tag", []byte{0x7f}, 0x86, nil, false},
		{"cut off", []byte{0x86, 3, 9}, 0x86, nil, false},
		{"without end", []byte{0x86, 0x80, 9}, 0x86, nil, false},
		{"a huge length", []byte{0x86, 0x84, 0xff, 0xff, 0xff, 0xff}, 0x86, nil, false},
	} {
		got, ok := elements(c.bytes)
		if ok != c.ok || !bytes.Equal(got[c.tag], c.want) {
			t.Errorf("%s: %x, %t", c.name, got[c.tag], ok)
		}
	}
}

// What a token gives for a key is a key, or nothing.
func TestPublicKey(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	point, err := key.PublicKey.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	if got, ok := publicKey(algP256, append([]byte{0x86, 65}, point...)).(*ecdsa.PublicKey); !ok || !got.Equal(key.Public()) {
		t.Errorf("key %v", got)
	}
	point[64] ^= 1
	for name, encoded := range map[string][]byte{"not on the curve": append([]byte{0x86, 65}, point...), "cut off": {0x86, 65, 4}, "empty": nil} {
		if got := publicKey(algP256, encoded); got != nil {
			t.Errorf("%s: %v", name, got)
		}
	}
	if got, ok := publicKey(algRSA2048, []byte{0x81, 1, 0, 0x82, 1, 3}).(*rsa.PublicKey); ok {
		t.Errorf("a modulus of zero: %v", got)
	}
}

// FuzzAnswers reads what a token may answer, however it was made.
func FuzzAnswers(f *testing.F) {
	f.Add([]byte{0x70, 1, 0x30, 0x71, 1, 1}, byte(algP256))
	f.Add([]byte{0x81, 1, 9, 0x82, 1, 3}, byte(algRSA2048))
	f.Fuzz(func(t *testing.T, answer []byte, alg byte) {
		fields, _ := elements(answer)
		total := 0
		for _, value := range fields {
			total += len(value)
		}
		if total > len(answer) {
			t.Errorf("%d bytes of %d", total, len(answer))
		}
		if public := publicKey(alg, answer); public != nil && marshalPublic(public) == nil {
			t.Errorf("a key that has no SubjectPublicKeyInfo: %v", public)
		}
		if certificate, fault := readCertificate("token", answer); fault == nil {
			describe(&model.TokenSlot{}, certificate, keyAbsent)
		}
	})
}
