package admin

import (
	"crypto/rand"

	"trustdeck/model"
	"trustdeck/model/dialect"
	"trustdeck/model/port"
)

// Provers are dialects, the first of which that can list a key is asked about it.
type Provers []dialect.Writable

// Prove has a private key sign something new, and verifies that with its public half. What
// clients refuse from others is of no use either. The error is one sentence about the key.
func (p Provers) Prove(signer port.Signer) (model.Key, error) {
	var first error
	for _, by := range p {
		key, err := prove(by, signer)
		if err == nil {
			return key, nil
		}
		if first == nil {
			first = err
		}
	}
	return model.Key{}, first
}

func prove(by dialect.Writable, signer port.Signer) (model.Key, error) {
	listed, err := by.Bare(signer.Public())
	if err != nil {
		return model.Key{}, err
	}
	key := by.Describe(listed)
	if listed, err = by.ParsePublicFile(publicPEM(key.SPKI)); err != nil {
		return key, err
	}
	var nonce [32]byte
	_, _ = rand.Read(nonce[:]) // never fails
	signature, err := by.Sign(listed, signer, nonce[:])
	if err == nil {
		err = by.Verify(listed, nonce[:], signature)
	}
	return key, err
}
