package notary

import (
	"crypto/sha256"
	"slices"

	"trustdeck/model"
	"trustdeck/model/dialect"
)

// A Keyring holds the keys of many files, of all versions of a repository, to
// say who signed a file of the past. It knows no roles: that a key signed is
// not that it was entitled to. Only a Load decides that.
type Keyring struct{ ring keyring }

// Keyring returns an empty ring.
func (Format) Keyring() dialect.Keyring { return &Keyring{keyring{}} }

// Add takes the keys that a root or targets file lists.
func (k *Keyring) Add(f *dialect.File) {
	for i := range f.Keys {
		key := &f.Keys[i]
		if _, ok := k.ring[key.ID]; !ok {
			k.ring[key.ID] = newVerifier(key, nil)
		}
	}
}

// Signed returns the canonical IDs of the keys whose signatures on f are
// valid, in the order of the signatures.
func (k *Keyring) Signed(file *dialect.File) []model.KeyID {
	var out []model.KeyID
	f := asFile(file)
	digest := f.payloadDigest()
	for _, sig := range f.Signatures {
		v := k.ring[sig.KeyID]
		if v == nil || v.err != nil || slices.Contains(out, v.canonical) {
			continue
		}
		if v.verify(sig.Method, f.payload, digest, sig.Sig) == nil {
			out = append(out, v.canonical)
		}
	}
	return out
}

// Verify checks one signature of a payload by a key that stands for itself. Nothing is
// said about what the key may sign.
func (Format) Verify(k PublicKey, payload []byte, sig dialect.Signature) error {
	v := newVerifier(&k, nil)
	if v.err != nil {
		return v.err
	}
	return v.verify(sig.Method, payload, sha256.Sum256(payload), sig.Sig)
}

// Fingerprint is the SHA-256 of the SubjectPublicKeyInfo in hexadecimal, that of the
// bare key where a certificate carries it; empty where the key does not parse.
func (Format) Fingerprint(k PublicKey) string {
	return model.Key{SPKI: newVerifier(&k, nil).spki}.Fingerprint()
}
