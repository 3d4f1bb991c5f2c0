//go:build hsm

package pkcs11

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"errors"
	"io"

	p11 "github.com/miekg/pkcs11"

	"trustdeck/keystore/hardware"
	"trustdeck/model"
	"trustdeck/model/port"
)

// signer is a key on a token. It holds the PIN, and is logged in only while it signs.
type signer struct {
	token  *token
	object *object
	pin    *hardware.PIN
}

var _ port.Signer = (*signer)(nil)

// Public is the public key.
func (k *signer) Public() crypto.PublicKey { return k.object.public }

// Close overwrites the PIN.
func (k *signer) Close() error { return k.pin.Close() }

// SignMessage signs a message, as crypto.MessageSigner says.
func (k *signer) SignMessage(random io.Reader, message []byte, opts crypto.SignerOpts) ([]byte, error) {
	return hardware.SignMessage(k, random, message, opts)
}

// Sign signs a digest, as crypto.Signer says, and verifies the result. The token has its own source
// of randomness.
func (k *signer) Sign(_ io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	var signature []byte
	err := k.pin.Use(k.token.name, func(pin []byte) (err error) {
		signature, err = k.sign(pin, digest, opts)
		return err
	})
	return signature, err
}

func (k *signer) sign(pin, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	path := k.token.path(k.object)
	mechanism, message, err := signing(k.object.public, digest, opts)
	if err != nil {
		return nil, &model.Fault{Kind: model.FaultUsage, Subject: path, Text: "can't sign: " + err.Error(), Hint: "Use another key.", Err: err}
	}
	// Nothing ends what a module does, and crypto.Signer has no context.
	raw, err := as(context.Background(), k.token, pin, func(l *login) ([]byte, error) { return l.sign(k.object, mechanism, message) })
	if err != nil {
		return nil, err
	}
	signature := raw
	if public, ok := k.object.public.(*ecdsa.PublicKey); ok {
		signature, err = signatureDER(raw, public.Curve)
	}
	if err != nil || !hardware.Verifies(k.object.public, digest, signature, opts) {
		return nil, &model.Fault{
			Kind: model.FaultBadData, Subject: path, Text: "returned a signature that the public key doesn't verify", Err: err,
			Hint: "Check that the private key and the public key or certificate with the same ID belong together.",
		}
	}
	return signature, nil
}

// sign signs a message, of which the mechanism says what it is.
func (l *login) sign(o *object, mechanism *p11.Mechanism, message []byte) ([]byte, error) {
	path := l.token.path(o)
	key, err := l.private(o)
	if err != nil {
		return nil, err
	}
	if err := l.lib.SignInit(l.session, []*p11.Mechanism{mechanism}, key); err != nil {
		return nil, refused(path, err)
	}
	if l.pin != nil && l.flag(key, p11.CKA_ALWAYS_AUTHENTICATE) {
		// The token has just taken this PIN, so it costs no try.
		if err := l.lib.Login(l.session, p11.CKU_CONTEXT_SPECIFIC, string(l.pin)); err != nil && !is(err, p11.CKR_USER_ALREADY_LOGGED_IN) {
			return nil, refused(path, err)
		}
	}
	signature, err := l.lib.Sign(l.session, message)
	if err != nil {
		return nil, refused(path, err)
	}
	return signature, nil
}

// keyType is the CKA_KEY_TYPE of a key.
func keyType(public crypto.PublicKey) uint {
	switch public.(type) {
	case *ecdsa.PublicKey:
		return p11.CKK_EC
	case ed25519.PublicKey:
		return ckkEdwards
	default:
		return p11.CKK_RSA
	}
}

// signing is the mechanism by which a key signs a digest, and what the module is given for it.
func signing(public crypto.PublicKey, digest []byte, opts crypto.SignerOpts) (*p11.Mechanism, []byte, error) {
	switch public := public.(type) {
	case *ecdsa.PublicKey:
		// ECDSA takes the first bits of a digest, as many as the order of the curve has. Not every
		// module cuts it.
		return p11.NewMechanism(p11.CKM_ECDSA, nil), digest[:min(len(digest), byteLen(public.Curve))], nil
	case ed25519.PublicKey:
		if opts.HashFunc() != 0 {
			return nil, nil, errors.New("Ed25519 signs messages, not hashes")
		}
		return p11.NewMechanism(ckmEdDSA, nil), digest, nil
	case *rsa.PublicKey:
		if pss, ok := opts.(*rsa.PSSOptions); ok {
			return pssSigning(public, digest, pss)
		}
		info, err := digestInfo(opts.HashFunc(), digest)
		return p11.NewMechanism(p11.CKM_RSA_PKCS, nil), info, err
	default:
		return nil, nil, errors.New("its algorithm is none of ECDSA, Ed25519 and RSA")
	}
}

// pssHashes are the hashes of RSA-PSS, each with its MGF1.
var pssHashes = map[crypto.Hash][2]uint{
	crypto.SHA256: {p11.CKM_SHA256, p11.CKG_MGF1_SHA256},
	crypto.SHA384: {p11.CKM_SHA384, p11.CKG_MGF1_SHA384},
	crypto.SHA512: {p11.CKM_SHA512, p11.CKG_MGF1_SHA512},
}

func pssSigning(public *rsa.PublicKey, digest []byte, opts *rsa.PSSOptions) (*p11.Mechanism, []byte, error) {
	hash, ok := pssHashes[opts.HashFunc()]
	if !ok || len(digest) != opts.HashFunc().Size() {
		return nil, nil, errors.New("RSA signs hashes of SHA-256, SHA-384 and SHA-512 only")
	}
	salt := saltLength(public, opts)
	if salt < 0 || salt > public.Size() {
		return nil, nil, errors.New("a salt of that length doesn't fit into the key")
	}
	return p11.NewMechanism(p11.CKM_RSA_PKCS_PSS, p11.NewPSSParams(hash[0], hash[1], uint(salt))), digest, nil
}
