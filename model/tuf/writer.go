package tuf

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"errors"
	"fmt"
	"time"
	"unicode/utf8"

	"filippo.io/mldsa"

	"trustdeck/model"
	"trustdeck/model/dialect"
)

var _ dialect.Writable = Dialect{}

// ServerKeys is false: the publishers of a repository sign all of it, or have given keys to a
// robot.
func (Dialect) ServerKeys() bool { return false }

// NewCertificate makes none: keys are listed as themselves.
func (Dialect) NewCertificate(model.GUN, crypto.Signer, [16]byte, time.Time) ([]byte, error) {
	return nil, nil
}

// CheckTarget says why a file must not list a target.
func (Dialect) CheckTarget(t model.Target) error {
	switch {
	case t.Name == "":
		return errors.New("a target has a path")
	case len(t.Name) > MaxTargetName:
		return fmt.Errorf("the path has %d bytes; the limit is %d", len(t.Name), MaxTargetName)
	case !utf8.ValidString(t.Name):
		return errors.New("the path is not text in UTF-8")
	case t.Length < 0:
		return fmt.Errorf("its length is %d", t.Length)
	case t.Hashes.SHA256 == nil && t.Hashes.SHA512 == nil:
		return errors.New("it has neither a SHA-256 nor a SHA-512, by which it could be checked")
	}
	if t.Custom == nil {
		return nil
	}
	d := newDecoder(model.RoleTargets, t.Custom)
	v, err := d.value()
	if err != nil {
		return fmt.Errorf("custom data cannot be signed: %w", err)
	}
	if _, ok := v.(map[string]any); !ok || d.next() != 0 {
		return errors.New("custom data is a JSON object")
	}
	return nil
}

// CheckSize says what a file delegates more than is read.
func (Dialect) CheckSize(f *model.Metadata) error {
	switch {
	case len(f.Roles) > MaxRoles:
		return fmt.Errorf("%s would delegate to %d roles; the limit is %d", f.Role, len(f.Roles), MaxRoles)
	case len(f.Keys) > MaxKeys:
		return fmt.Errorf("%s would list %d keys; the limit is %d", f.Role, len(f.Keys), MaxKeys)
	}
	for i := range f.Roles {
		edge := &f.Roles[i]
		if n := len(edge.Paths) + len(edge.PathHashPrefixes); n > MaxPaths {
			return fmt.Errorf("%s would have %d paths; the limit is %d", edge.Name, n, MaxPaths)
		}
		if n := len(edge.KeyIDs); n > MaxKeyIDs {
			return fmt.Errorf("%s would have %d keys; the limit is %d", edge.Name, n, MaxKeyIDs)
		}
		for _, path := range edge.Paths {
			if len(path) > MaxPattern {
				return fmt.Errorf("a path of %s has %d bytes; the limit is %d", edge.Name, len(path), MaxPattern)
			}
		}
	}
	return nil
}

// Sign signs a payload in the scheme that a listed key states: clients verify by nothing else.
// Where its algorithm allows it, the same key and payload give the same bytes.
func (Dialect) Sign(listed model.PublicKey, key crypto.Signer, payload []byte) (dialect.Signature, error) {
	v := newVerifier(&keyObject{PublicKey: listed}, nil)
	sig := dialect.Signature{KeyID: listed.ID}
	if v.err != nil {
		return sig, fmt.Errorf("sign with key %s: %w", listed.ID.Short(), v.err)
	}
	sig.Method = v.scheme
	var err error
	switch v.public.(type) {
	case ed25519.PublicKey:
		sig.Sig, err = crypto.SignMessage(key, nil, payload, crypto.Hash(0))
	case *ecdsa.PublicKey:
		hash := crypto.SHA256
		if v.scheme == schemeECDSA384 {
			hash = crypto.SHA384
		}
		sig.Sig, err = crypto.SignMessage(key, nil, payload, hash)
	case *rsa.PublicKey:
		var opts crypto.SignerOpts = &rsa.PSSOptions{SaltLength: sha256.Size, Hash: crypto.SHA256}
		if v.scheme == schemePKCS1 {
			opts = crypto.SHA256
		}
		sig.Sig, err = crypto.SignMessage(key, rand.Reader, payload, opts)
	case *mldsa.PublicKey:
		sig.Sig, err = key.Sign(nil, version1.prehash(payload), crypto.Hash(0))
	}
	if err != nil {
		return dialect.Signature{}, fmt.Errorf("sign with key %s: %w", listed.ID.Short(), err)
	}
	return sig, nil
}
