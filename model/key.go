package model

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"time"
)

// KeyID is a key ID: 64 lower-case hexadecimal digits, the SHA-256 of the
// canonical key object. A key that metadata lists as a certificate has two: the
// one of the certificate, used inside metadata, and the one of the bare public
// key, used for files and commands.
type KeyID string

// ParseKeyID accepts exactly 64 lower-case hexadecimal digits.
func ParseKeyID(s string) (KeyID, error) {
	raw, err := hex.DecodeString(s)
	if err != nil || len(raw) != sha256.Size || strings.ToLower(s) != s {
		return "", fmt.Errorf("%q is not a key ID of 64 lower-case hexadecimal digits", s)
	}
	return KeyID(s), nil
}

// String returns all digits.
func (id KeyID) String() string { return string(id) }

// Short returns the first eight digits in two groups, "7c1f 9a02", the form
// shown to people.
func (id KeyID) Short() string {
	if len(id) < 8 {
		return string(id)
	}
	return string(id[:4] + " " + id[4:8])
}

// KeyType is the keytype field of a key object.
type KeyType string

// The key types that trustdeck can verify with. Any other is kept, shown, and
// can never make a valid signature.
const (
	KeyECDSA     KeyType = "ecdsa"
	KeyECDSAX509 KeyType = "ecdsa-x509"
	KeyRSA       KeyType = "rsa"
	KeyRSAX509   KeyType = "rsa-x509"
	KeyED25519   KeyType = "ed25519"
)

// Key is one public key with all its names.
type Key struct {
	// ID is the canonical ID, of the bare public key. Private key files and
	// commands use it.
	ID KeyID
	// ListedAs holds the IDs under which metadata lists the key, sorted: the
	// same as ID for a bare key, one ID per certificate otherwise. One key in
	// two certificates has two.
	ListedAs []KeyID
	// Types are the keytype fields, in the order of ListedAs.
	Types []KeyType
	// Algorithm describes the key for people: "ECDSA P-256", "RSA 2048",
	// "Ed25519", or the unknown type as it came.
	Algorithm string
	// SPKI is the DER of the SubjectPublicKeyInfo; nil where the type is
	// unknown or the key does not parse.
	SPKI []byte
	// Certificates that carry the key, leaves only, in the order of ListedAs.
	Certificates []Certificate
	// Holder is who has the private key, as the metadata says; empty where it does not.
	Holder string
	// Online is true where the metadata says that a service signs with the key by itself.
	Online bool
	// Roles that list the key, in the order of Repository.Roles.
	Roles []RoleName
}

// Fingerprint is the SHA-256 of the SubjectPublicKeyInfo in hexadecimal, as
// OpenSSL and certificate tools compute it. It is empty where SPKI is nil.
func (k Key) Fingerprint() string {
	if k.SPKI == nil {
		return ""
	}
	sum := sha256.Sum256(k.SPKI)
	return hex.EncodeToString(sum[:])
}

// Has reports whether id names this key, by its canonical ID or by that of one
// of its certificates.
func (k Key) Has(id KeyID) bool {
	if k.ID == id {
		return true
	}
	return slices.Contains(k.ListedAs, id)
}

// Called says what an ID under which metadata lists the key is: "certificate ID" where a
// certificate carries the key, "listed as" where the key is written in another form.
func (k Key) Called(listed KeyID) string {
	switch {
	case listed == k.ID:
		return "key ID"
	case len(k.Certificates) > 0:
		return "certificate ID"
	default:
		return "listed as"
	}
}

// Certificate is what is shown of an X.509 certificate.
type Certificate struct {
	Subject   string
	Issuer    string
	Serial    *big.Int
	NotBefore time.Time
	NotAfter  time.Time
	// Fingerprint is the SHA-256 of the DER in hexadecimal.
	Fingerprint string
	// Raw is the DER.
	Raw []byte
}

// RolesByKey names the roles that list each key, in their order.
func RolesByKey(roles []Role) map[KeyID][]RoleName {
	uses := map[KeyID][]RoleName{}
	for i := range roles {
		for _, id := range roles[i].Keys {
			if n := len(uses[id]); n == 0 || uses[id][n-1] != roles[i].Name {
				uses[id] = append(uses[id], roles[i].Name)
			}
		}
	}
	return uses
}

// SignatureState is the verdict on one signature.
type SignatureState int

// The verdicts. Only SignatureValid counts towards a threshold.
const (
	// SignatureUnchecked: no trusted key list was there to check against.
	SignatureUnchecked SignatureState = iota
	// SignatureValid: made by a key of the role over exactly this content.
	SignatureValid
	// SignatureInvalid: names a key of the role, and does not verify.
	SignatureInvalid
	// SignatureUnknownKey: made by a key that the role does not list.
	SignatureUnknownKey
	// SignaturePreviousKey: valid, by a key that an earlier root version lists
	// for the role and this one no longer does; how a rotation proves itself.
	SignaturePreviousKey
	// SignatureUnsupported: the method is unknown or does not suit the key.
	SignatureUnsupported
	// SignatureDuplicate: a second signature by a key that counted already.
	SignatureDuplicate
	// SignatureBadKey: the key is listed under an ID that doesn't match it, or
	// does not parse, so nothing it signs can count.
	SignatureBadKey
	// SignaturePending: an empty signature, which asks the holder of the key to sign.
	SignaturePending
)

var signatureStates = [...]string{"unchecked", "valid", "invalid", "unknown key", "previous key", "unsupported", "duplicate", "bad key", "pending"}

// String returns the verdict in words.
func (s SignatureState) String() string {
	if s < 0 || int(s) >= len(signatureStates) {
		return fmt.Sprintf("SignatureState(%d)", int(s))
	}
	return signatureStates[s]
}

// Signature is one signature of a role file with its verdict.
type Signature struct {
	// KeyID as the file states it.
	KeyID KeyID
	// Key is the canonical ID; empty where the key is unknown.
	Key KeyID
	// Method as the file states it, lower case.
	Method string
	State  SignatureState
	// Detail says why State is not SignatureValid; may be empty.
	Detail string
}
