package hardware

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"io"
)

// SignMessage signs a message with a key that takes digests, as crypto.MessageSigner says.
func SignMessage(key crypto.Signer, random io.Reader, message []byte, opts crypto.SignerOpts) ([]byte, error) {
	if hash := opts.HashFunc(); hash != 0 {
		h := hash.New()
		h.Write(message)
		message = h.Sum(nil)
	}
	return key.Sign(random, message, opts)
}

// Verifies reports whether a signature is one of the key, made as opts say: of a digest, or with
// Ed25519 of the message itself.
func Verifies(public crypto.PublicKey, digest, signature []byte, opts crypto.SignerOpts) bool {
	switch public := public.(type) {
	case *ecdsa.PublicKey:
		return ecdsa.VerifyASN1(public, digest, signature)
	case ed25519.PublicKey:
		return ed25519.Verify(public, digest, signature)
	case *rsa.PublicKey:
		if pss, ok := opts.(*rsa.PSSOptions); ok {
			return rsa.VerifyPSS(public, opts.HashFunc(), digest, signature, pss) == nil
		}
		return rsa.VerifyPKCS1v15(public, opts.HashFunc(), digest, signature) == nil
	default:
		return false
	}
}
