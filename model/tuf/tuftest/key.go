package tuftest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"encoding/pem"
	"maps"

	"filippo.io/mldsa"
	"filippo.io/mldsa/x509"
	"github.com/secure-systems-lab/go-securesystemslib/cjson"

	"trustdeck/model"
)

// A Key signs, and is listed as its object says.
type Key struct {
	// ID under which it is listed: the hash of Object, unless a test wants another one.
	ID     model.KeyID
	Object map[string]any
	Public crypto.PublicKey
	// Private is the private half; nil for keys that no file holds in PKCS #8.
	Private crypto.Signer
	// Sign makes a signature of a payload.
	Sign func(payload []byte) []byte
}

// An Algorithm makes keys of one kind.
type Algorithm func() *Key

// Algorithms are all kinds of keys that files of the wild have, by name.
func Algorithms() map[string]Algorithm {
	return map[string]Algorithm{
		"Ed25519": Ed25519, "P-256": P256, "P-256, old type": OldP256, "P-256, hex point": HexP256, "P-384": P384,
		"RSA PSS": PSS, "RSA PKCS #1": PKCS1, "RSA, old type": OldRSA,
		"ML-DSA-44": func() *Key { return MLDSA(mldsa.MLDSA44()) },
		"ML-DSA-65": func() *Key { return MLDSA(mldsa.MLDSA65()) },
		"ML-DSA-87": func() *Key { return MLDSA(mldsa.MLDSA87()) },
	}
}

// must is for what cannot fail with a random source that cannot.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func newKey(keytype, scheme, text string, public crypto.PublicKey, sign func([]byte) []byte) *Key {
	k := &Key{Public: public, Sign: sign, Object: map[string]any{
		"keytype": keytype, "scheme": scheme, "keyval": map[string]any{"public": text},
	}}
	return k.With(nil)
}

// With returns the key with further members in its object, under the ID that it has then. A
// member that is nil is left out.
func (k *Key) With(members map[string]any) *Key {
	out := *k
	out.Object = maps.Clone(k.Object)
	for name, v := range members {
		if out.Object[name] = v; v == nil {
			delete(out.Object, name)
		}
	}
	sum := sha256.Sum256(must(cjson.EncodeCanonical(out.Object)))
	out.ID = model.KeyID(hex.EncodeToString(sum[:]))
	return &out
}

// As returns the key under another ID.
func (k *Key) As(id model.KeyID) *Key {
	out := *k
	out.ID = id
	return &out
}

func armor(public crypto.PublicKey) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: must(x509.MarshalPKIXPublicKey(public))}))
}

// Ed25519 makes a key.
func Ed25519() *Key {
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		panic(err)
	}
	k := newKey("ed25519", "ed25519", hex.EncodeToString(public), public, func(payload []byte) []byte {
		return ed25519.Sign(private, payload)
	})
	k.Private = private
	return k
}

func ecdsaKey(keytype, scheme string, curve elliptic.Curve, text func(*ecdsa.PublicKey) string) *Key {
	private := must(ecdsa.GenerateKey(curve, rand.Reader))
	k := newKey(keytype, scheme, text(&private.PublicKey), &private.PublicKey, func(payload []byte) []byte {
		short, long := sha256.Sum256(payload), sha512.Sum384(payload)
		digest := short[:]
		if scheme == "ecdsa-sha2-nistp384" {
			digest = long[:]
		}
		return must(ecdsa.SignASN1(rand.Reader, private, digest))
	})
	k.Private = private
	return k
}

// File is the private half as openssl writes it, without a passphrase.
func (k *Key) File() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: must(x509.MarshalPKCS8PrivateKey(k.Private))})
}

func inPEM(k *ecdsa.PublicKey) string { return armor(k) }

// P256 makes a key as today's files list it.
func P256() *Key { return ecdsaKey("ecdsa", "ecdsa-sha2-nistp256", elliptic.P256(), inPEM) }

// OldP256 makes one whose type names the curve.
func OldP256() *Key {
	return ecdsaKey("ecdsa-sha2-nistp256", "ecdsa-sha2-nistp256", elliptic.P256(), inPEM)
}

// HexP256 makes one that is a point in hexadecimal.
func HexP256() *Key {
	return ecdsaKey("ecdsa-sha2-nistp256", "ecdsa-sha2-nistp256", elliptic.P256(), func(k *ecdsa.PublicKey) string {
		return hex.EncodeToString(must(k.Bytes()))
	})
}

// WrongCurve makes a key on P-384 whose scheme is for P-256, and signs as the scheme says.
func WrongCurve() *Key { return ecdsaKey("ecdsa", "ecdsa-sha2-nistp256", elliptic.P384(), inPEM) }

// P384 makes a key.
func P384() *Key { return ecdsaKey("ecdsa", "ecdsa-sha2-nistp384", elliptic.P384(), inPEM) }

func rsaKey(keytype, scheme string) *Key {
	private := must(rsa.GenerateKey(rand.Reader, 2048))
	k := newKey(keytype, scheme, armor(&private.PublicKey), &private.PublicKey, func(payload []byte) []byte {
		digest := sha256.Sum256(payload)
		if scheme == "rsa-pkcs1v15-sha256" {
			return must(rsa.SignPKCS1v15(rand.Reader, private, crypto.SHA256, digest[:]))
		}
		return must(rsa.SignPSS(rand.Reader, private, crypto.SHA256, digest[:], &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash}))
	})
	k.Private = private
	return k
}

// PSS makes an RSA key.
func PSS() *Key { return rsaKey("rsa", "rsassa-pss-sha256") }

// OldRSA makes one whose type is in capitals.
func OldRSA() *Key { return rsaKey("RSA", "rsassa-pss-sha256") }

// PKCS1 makes an RSA key of the scheme without salt.
func PKCS1() *Key { return rsaKey("rsa", "rsa-pkcs1v15-sha256") }

// MLDSA makes a post-quantum key (TAP 21).
func MLDSA(params mldsa.Parameters) *Key {
	private := must(mldsa.GenerateKey(params))
	public := private.PublicKey()
	scheme := map[mldsa.Parameters]string{mldsa.MLDSA44(): "ml-dsa-44/1", mldsa.MLDSA65(): "ml-dsa-65/1", mldsa.MLDSA87(): "ml-dsa-87/1"}[params]
	return newKey("ml-dsa", scheme, armor(public), public, func(payload []byte) []byte {
		sum := sha512.Sum512(payload)
		return must(private.Sign(nil, append([]byte("tuf\x01"), sum[:]...), nil))
	})
}

// Keyless is a key of a type that is verified with in another way: nothing it signs counts.
func Keyless() *Key {
	return newKey("sigstore-oidc", "Fulcio", "", nil, func([]byte) []byte { return []byte("bundle") }).With(map[string]any{
		"keyval": map[string]any{"identity": "alice@example.org", "issuer": "https://issuer.example.org"},
	})
}
