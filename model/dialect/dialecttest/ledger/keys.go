package ledger

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"time"

	"trustdeck/model"
	"trustdeck/model/dialect"
)

// Bare lists an ECDSA key under the hash of its SubjectPublicKeyInfo.
func (Dialect) Bare(pub crypto.PublicKey) (model.PublicKey, error) {
	if _, ok := pub.(*ecdsa.PublicKey); !ok {
		return model.PublicKey{}, fmt.Errorf("a key of type %T has no place here", pub)
	}
	der, err := x509.MarshalPKIXPublicKey(pub)
	if err != nil {
		return model.PublicKey{}, err
	}
	return model.PublicKey{ID: model.KeyID(hexOf(sha256.Sum256(der))), Type: model.KeyECDSA, Public: der}, nil
}

var errNoCertificates = errors.New("keys are listed as themselves, and not as certificates")

// Algorithms is the one that can be listed.
func (Dialect) Algorithms() []model.Algorithm { return []model.Algorithm{model.ECDSAP256} }

// KeyCaution is empty.
func (Dialect) KeyCaution(model.Algorithm) string { return "" }

// KeyType is that of Bare.
func (Dialect) KeyType(model.Algorithm) model.KeyType { return model.KeyECDSA }

// Certifies is false.
func (Dialect) Certifies() bool { return false }

// Certified refuses.
func (Dialect) Certified([]byte) (model.PublicKey, error) {
	return model.PublicKey{}, errNoCertificates
}

// NewCertificate makes none.
func (Dialect) NewCertificate(model.GUN, crypto.Signer, [16]byte, time.Time) ([]byte, error) {
	return nil, nil
}

// Certificates are none.
func (Dialect) Certificates(*model.Metadata) []dialect.CertifiedKey { return nil }

// ParsePublicFile reads a public key in PEM form.
func (d Dialect) ParsePublicFile(text []byte) (model.PublicKey, error) {
	block, _ := pem.Decode(text)
	if block == nil {
		return model.PublicKey{}, errors.New("it is not a PEM key")
	}
	pub, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		return model.PublicKey{}, err
	}
	return d.Bare(pub)
}

// CanonicalID is the only ID of a key.
func (Dialect) CanonicalID(k model.PublicKey) model.KeyID { return k.ID }

// Fingerprint is the ID again.
func (Dialect) Fingerprint(k model.PublicKey) string { return model.Key{SPKI: k.Public}.Fingerprint() }

// Describe names a key.
func (Dialect) Describe(k model.PublicKey) model.Key {
	return model.Key{ID: k.ID, ListedAs: []model.KeyID{k.ID}, Types: []model.KeyType{k.Type}, Algorithm: "ECDSA", SPKI: k.Public}
}

// CheckKey refuses what does not parse, and a key under the ID of another.
func (Dialect) CheckKey(k model.PublicKey, _ model.GUN, _ time.Time) error {
	if _, err := x509.ParsePKIXPublicKey(k.Public); err != nil {
		return err
	}
	if k.Type != model.KeyECDSA {
		return fmt.Errorf("keys of type %q have no place here", k.Type)
	}
	if own := model.KeyID(hexOf(sha256.Sum256(k.Public))); own != k.ID {
		return fmt.Errorf("it is listed under the ID of another key, and its own is %s", own)
	}
	return nil
}

// Sign makes a signature in ASN.1 form.
func (Dialect) Sign(listed model.PublicKey, key crypto.Signer, payload []byte) (dialect.Signature, error) {
	sig, err := crypto.SignMessage(key, nil, payload, crypto.SHA256)
	return dialect.Signature{KeyID: listed.ID, Method: "asn1", Sig: sig}, err
}

// Method is the only one.
func (Dialect) Method(model.PublicKey) string { return "asn1" }

// Verify checks one.
func (Dialect) Verify(k model.PublicKey, payload []byte, sig dialect.Signature) error {
	return verify(k, payload, sig)
}

func verify(k model.PublicKey, payload []byte, sig dialect.Signature) error {
	pub, err := x509.ParsePKIXPublicKey(k.Public)
	if err != nil {
		return err
	}
	digest := sha256.Sum256(payload)
	if key, ok := pub.(*ecdsa.PublicKey); !ok || !ecdsa.VerifyASN1(key, digest[:], sig.Sig) {
		return errors.New("the signature is not by this key, or not of this")
	}
	return nil
}
