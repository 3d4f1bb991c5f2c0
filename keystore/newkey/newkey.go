// Package newkey makes private keys in memory, for the stores that keep them.
//
// Entry point: Make.
package newkey

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"fmt"

	"filippo.io/mldsa"

	"trustdeck/model"
)

// rsaBits is the size of RSA keys: 128 bits of strength, as P-256 and Ed25519.
const rsaBits = 3072

// Make makes a private key of an algorithm; the empty one is ECDSA P-256. One that can't be made is
// a *model.Fault.
func Make(algorithm model.Algorithm) (crypto.Signer, error) {
	var private crypto.Signer
	var err error
	switch algorithm {
	case "", model.ECDSAP256:
		private, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case model.ECDSAP384:
		private, err = ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	case model.Ed25519:
		_, private, err = ed25519.GenerateKey(rand.Reader)
	case model.RSA3072:
		private, err = rsa.GenerateKey(rand.Reader, rsaBits)
	case model.MLDSA44:
		private, err = mldsa.GenerateKey(mldsa.MLDSA44())
	case model.MLDSA65:
		private, err = mldsa.GenerateKey(mldsa.MLDSA65())
	case model.MLDSA87:
		private, err = mldsa.GenerateKey(mldsa.MLDSA87())
	default:
		return nil, &model.Fault{Kind: model.FaultUsage, Text: fmt.Sprintf("a key of the kind %q cannot be made", string(algorithm)), Hint: "Choose another algorithm."}
	}
	if err != nil {
		return nil, fmt.Errorf("make a key: %w", err)
	}
	return private, nil
}
