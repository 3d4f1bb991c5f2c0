// Package publickey gives a public key the forms that other programs and people take it in.
//
// Entry points: Of, Certificate.
package publickey

import (
	"crypto"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"

	"github.com/go-jose/go-jose/v4"

	"trustdeck/model"
	"trustdeck/model/wordcode"
)

// Forms are the forms of a public key.
type Forms struct {
	// PEM is its SubjectPublicKeyInfo in PEM form, as OpenSSL writes it.
	PEM string
	// JWK is a JSON Web Key on one line (RFC 7517), whose kid is the key ID. Thumbprint is the
	// hash of it (RFC 7638), base64url. Both are empty for a kind of key that JWK doesn't have.
	JWK, Thumbprint string
	// Fingerprint is the SHA-256 of the SubjectPublicKeyInfo in hexadecimal, and Words is the
	// same in words (package wordcode).
	Fingerprint string
	Words       []string
}

// Of returns the forms of the key with a SubjectPublicKeyInfo in DER form. Without one there are
// none.
func Of(spki []byte, id model.KeyID) Forms {
	if spki == nil {
		return Forms{}
	}
	sum := sha256.Sum256(spki)
	out := Forms{
		PEM:         string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: spki})),
		Fingerprint: hex.EncodeToString(sum[:]),
	}
	out.Words, _ = wordcode.Encode(sum[:]) // a hash has words
	public, err := x509.ParsePKIXPublicKey(spki)
	if err != nil {
		return out
	}
	key := jose.JSONWebKey{Key: public, KeyID: string(id)}
	text, err := key.MarshalJSON()
	if err != nil {
		return out
	}
	if thumbprint, err := key.Thumbprint(crypto.SHA256); err == nil {
		out.JWK, out.Thumbprint = string(text), base64.RawURLEncoding.EncodeToString(thumbprint)
	}
	return out
}

// Certificate is a certificate in PEM form.
func Certificate(c model.Certificate) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw}))
}
