package practice

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/sha256"
	"strconv"
	"time"

	"trustdeck/model"
	"trustdeck/model/notary"
)

// Passphrase protects every private key of the practice world.
const Passphrase = "practice makes perfect"

// The practice token: its serial, and the PIN that opens its keys.
const (
	TokenSerial = "1234567"
	TokenPIN    = "practice"
)

// TokenKey is a private key on the practice token.
type TokenKey struct {
	Key
	// Slot is its number in the field's form.
	Slot string
	// Certified is true where the slot has a certificate of the key too.
	Certified bool
}

// TokenKeys are the keys on the practice token: that of tina, who signs a delegation, and a root
// key that no repository lists yet, whose certificate was removed.
func TokenKeys() []TokenKey {
	return []TokenKey{
		{Key{Label: "tools", Private: newHolder("catalog", "tina", "tools").private}, "9a", true},
		{Key{Label: "root", Private: newKey("token").private}, "9c", false},
	}
}

// A key is a key pair as metadata lists it.
type key struct {
	notary.PublicKey
	private crypto.Signer
}

// derive gives 32 bytes that belong to a name.
func derive(name string) []byte {
	mac := hmac.New(sha256.New, []byte("trustdeck practice world"))
	mac.Write([]byte(name))
	return mac.Sum(nil)
}

// newKey makes the ECDSA P-256 key of a name.
func newKey(name string) key {
	for try := 0; ; try++ {
		// Nearly every value is a key; the next one is as good.
		private, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), derive(name+"#"+strconv.Itoa(try)))
		if err == nil {
			return bare(private)
		}
	}
}

// newServerKey makes the Ed25519 key of a name.
func newServerKey(name string) key { return bare(ed25519.NewKeyFromSeed(derive(name))) }

func bare(private crypto.Signer) key {
	return key{must(notary.Bare(private.Public())), private}
}

// certified lists a key under the certificate of a repository.
func (k key) certified(gun model.GUN, from time.Time) key {
	serial := [16]byte(derive(string(gun) + string(k.ID)))
	serial[0] &= 0x7f
	return key{must(notary.Certified(must(notary.NewCertificate(gun, k.private, serial, from)))), k.private}
}

// must is for what cannot fail with the values of this package; its tests build
// everything.
func must[T any](value T, err error) T {
	if err != nil {
		panic("practice: " + err.Error())
	}
	return value
}
