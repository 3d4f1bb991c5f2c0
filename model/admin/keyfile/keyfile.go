package keyfile

import (
	"context"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"

	"trustdeck/model"
	"trustdeck/model/dialect"
	"trustdeck/model/port"
)

// Service looks after the private keys in a folder. Its fields are set once, before use.
type Service struct {
	// Dialect is that of the repositories whose keys they are.
	Dialect dialect.Writable
	Store   port.KeyStore
	Files   port.KeyFiles
}

// proves has a key sign something new, and verifies that. The error is one sentence about the
// key: no one could use it.
func (s *Service) proves(signer port.Signer) (model.Key, error) {
	spki, err := x509.MarshalPKIXPublicKey(signer.Public())
	if err != nil {
		return model.Key{}, err
	}
	// What clients refuse from others is of no use here either.
	public, err := s.Dialect.ParsePublicFile(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: spki}))
	if err != nil {
		return model.Key{}, err
	}
	var nonce [32]byte
	_, _ = rand.Read(nonce[:]) // never fails
	signature, err := s.Dialect.Sign(public, signer, nonce[:])
	if err == nil {
		err = s.Dialect.Verify(public, nonce[:], signature)
	}
	return s.Dialect.Describe(public), err
}

// here are the keys of the folder by their IDs, each with the file that the folder uses.
func (s *Service) here(ctx context.Context) (map[model.KeyID]model.PrivateKey, error) {
	keys, err := s.Store.Keys(ctx)
	out := map[model.KeyID]model.PrivateKey{}
	for _, k := range model.DistinctKeys(keys) {
		out[k.ID] = k
	}
	return out, err
}
