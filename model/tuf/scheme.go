package tuf

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"errors"
	"strings"

	"filippo.io/mldsa"

	"trustdeck/model"
	"trustdeck/model/dialect"
)

// rules are the parts of the format for which other forms are being specified: an envelope
// of another shape (DSSE), IDs of keys that are no hashes (TAP 12), another pre-hash of
// post-quantum signatures (TAP 21 numbers them).
type rules struct {
	// open finds the signed part and the signatures of a file.
	open func(*decoder) (envelope, error)
	// keyIDs are the IDs that a key object may be listed under, the proper one first.
	keyIDs func(object map[string]any) []model.KeyID
	// prehash is what an ML-DSA key signs of a payload.
	prehash func(payload []byte) []byte
}

// version1 are the rules of the specification from 1.0 on.
var version1 = rules{open: openEnvelope, keyIDs: hashIDs, prehash: prehash1}

// hashIDs hash the canonical form of the object, with all its members: the specification
// knows no other ID.
func hashIDs(object map[string]any) []model.KeyID {
	return []model.KeyID{hashID(appendCanonical(nil, object))}
}

// prehash1 is the first version of TAP 21: a domain, the version, and a SHA-512.
func prehash1(payload []byte) []byte {
	sum := sha512.Sum512(payload)
	return append([]byte("tuf\x01"), sum[:]...)
}

// A message is what was signed, with the hashes that schemes take of it.
type message struct {
	payload []byte
	sha256  [sha256.Size]byte
	// other is what escaped returns, once it was asked for.
	other *message
}

func newMessage(payload []byte) *message {
	return &message{payload: payload, sha256: sha256.Sum256(payload)}
}

// lineBreaks are escaped in JSON, and not in its canonical form.
var lineBreaks = strings.NewReplacer("\n", `\n`, "\r", `\r`, "\t", `\t`)

// escaped is the message as programs sign it that take compact JSON for canonical.
func (m *message) escaped() *message {
	if m.other == nil {
		m.other = m
		if bytes.ContainsAny(m.payload, "\n\r\t") {
			m.other = newMessage([]byte(lineBreaks.Replace(string(m.payload))))
		}
	}
	return m.other
}

var errInvalid = errors.New("the signature does not verify")

// verify checks one signature of a message by a key that has decoded.
func (v *verifier) verify(m *message, sig []byte) error {
	if !v.budget.Spend(v.work(m.payload)) {
		return dialect.ErrBudget
	}
	ok := false
	switch public := v.public.(type) {
	case *ecdsa.PublicKey:
		digest := m.sha256[:]
		if v.scheme == schemeECDSA384 {
			long := sha512.Sum384(m.payload)
			digest = long[:]
		}
		ok = ecdsa.VerifyASN1(public, digest, sig)
	case ed25519.PublicKey:
		ok = ed25519.Verify(public, m.payload, sig)
	case *rsa.PublicKey:
		if v.scheme == schemePKCS1 {
			ok = rsa.VerifyPKCS1v15(public, crypto.SHA256, m.sha256[:], sig) == nil
			break
		}
		// Any length of the salt: python-tuf and go-tuf differ in what they write.
		ok = rsa.VerifyPSS(public, crypto.SHA256, m.sha256[:], sig, &rsa.PSSOptions{Hash: crypto.SHA256}) == nil
	case *mldsa.PublicKey:
		ok = mldsa.Verify(public, version1.prehash(m.payload), sig, nil) == nil
	}
	if !ok {
		return errInvalid
	}
	return nil
}
