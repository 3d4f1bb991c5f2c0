package tuf

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"
	"time"

	"filippo.io/mldsa"
	"filippo.io/mldsa/x509"

	"trustdeck/model"
	"trustdeck/model/dialect"
)

// Bare lists a public key as itself, under the hash of its object.
func Bare(public crypto.PublicKey) (model.PublicKey, error) {
	k := model.PublicKey{Scheme: defaultScheme(public)}
	switch public := public.(type) {
	case ed25519.PublicKey:
		k.Type, k.Public = model.KeyED25519, []byte(hex.EncodeToString(public))
		return identified(k), nil
	case *ecdsa.PublicKey:
		k.Type = model.KeyECDSA
	case *rsa.PublicKey:
		k.Type = model.KeyRSA
	case *mldsa.PublicKey:
		k.Type, k.Scheme = keyMLDSA, mldsaSchemes[public.Parameters()]
	default:
		return k, fmt.Errorf("TUF metadata cannot hold keys of type %T", public)
	}
	der, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		return k, errors.New("the public key cannot be encoded")
	}
	k.Public = pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
	return identified(k), nil
}

// identified fills in the ID.
func identified(k model.PublicKey) model.PublicKey {
	k.ID = version1.keyIDs(map[string]any{
		"keytype": string(k.Type), "scheme": k.Scheme, "keyval": map[string]any{"public": string(k.Public)},
	})[0]
	return k
}

// listed makes a key ready that stands for itself.
func listed(k model.PublicKey) *verifier { return newVerifier(&keyObject{PublicKey: k}, nil) }

// Bare is the function Bare.
func (Dialect) Bare(public crypto.PublicKey) (model.PublicKey, error) { return Bare(public) }

// Algorithms are those of the specification (4.2), and ML-DSA as TAP 21 has it.
func (Dialect) Algorithms() []model.Algorithm {
	return []model.Algorithm{model.ECDSAP256, model.ECDSAP384, model.Ed25519, model.RSA3072, model.MLDSA65, model.MLDSA87, model.MLDSA44}
}

// KeyType is that of Bare.
func (Dialect) KeyType(a model.Algorithm) model.KeyType {
	switch a {
	case model.Ed25519:
		return model.KeyED25519
	case model.RSA3072:
		return model.KeyRSA
	case model.MLDSA44, model.MLDSA65, model.MLDSA87:
		return keyMLDSA
	default:
		return model.KeyECDSA
	}
}

// KeyCaution is about go-tuf 2.4.2, and the trap T12 of docs/tuf.md.
func (d Dialect) KeyCaution(a model.Algorithm) string {
	if d.KeyType(a) == keyMLDSA {
		return "go-tuf up to 2.4.2 will refuse a role that lists it: it doesn't know the type ML-DSA (T12)"
	}
	return ""
}

// Certifies is false.
func (Dialect) Certifies() bool { return false }

// Certified refuses: keys are listed as themselves.
func (Dialect) Certified([]byte) (model.PublicKey, error) {
	return model.PublicKey{}, errors.New("TUF metadata lists bare keys, not certificates")
}

// MaxPublicFile is the largest file of a public key in bytes that is read.
const MaxPublicFile = 64 << 10

// ParsePublicFile reads a public key in PEM form.
func (Dialect) ParsePublicFile(text []byte) (model.PublicKey, error) {
	var none model.PublicKey
	if len(text) > MaxPublicFile {
		return none, fmt.Errorf("it is larger than %d KiB, too large for a public key", MaxPublicFile>>10)
	}
	block, rest := pem.Decode(text)
	switch {
	case block == nil:
		return none, errors.New("it is not a PEM key")
	case strings.Contains(block.Type, "PRIVATE KEY"):
		clear(block.Bytes)
		return none, errors.New("it contains a private key; give the public key, and treat this private key as exposed")
	case block.Type != "PUBLIC KEY":
		return none, fmt.Errorf("it contains %q, which is not a public key", clip(block.Type))
	case len(strings.TrimSpace(string(rest))) > 0:
		return none, errors.New("it contains more than one key; give exactly one")
	}
	public, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		return none, errors.New("the public key in it does not parse")
	}
	k, err := Bare(public)
	if err != nil {
		return none, err
	}
	return k, listed(k).err
}

// CanonicalID is the ID that Bare gives the key, whatever its form; that under which it is
// listed where it does not decode.
func (Dialect) CanonicalID(k model.PublicKey) model.KeyID { return listed(k).canonical }

// Fingerprint is the SHA-256 of the SubjectPublicKeyInfo.
func (Dialect) Fingerprint(k model.PublicKey) string {
	return model.Key{SPKI: listed(k).spki}.Fingerprint()
}

// Describe is a key with all its names.
func (Dialect) Describe(k model.PublicKey) model.Key {
	t := newKeyTable()
	t.add(listed(k))
	return t.join(nil)[0]
}

// CheckKey says why a key must not be listed.
func (Dialect) CheckKey(k model.PublicKey, _ model.GUN, _ time.Time) error { return listed(k).err }

// Method is the scheme of a key.
func (Dialect) Method(k model.PublicKey) string {
	v := listed(k)
	if v.err != nil {
		return ""
	}
	return v.scheme
}

// Verify checks one signature by a key that stands for itself.
func (Dialect) Verify(k model.PublicKey, payload []byte, sig dialect.Signature) error {
	v := listed(k)
	if v.err != nil {
		return v.err
	}
	return v.verify(newMessage(payload), sig.Sig)
}
