package keyfile

import (
	"context"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/dialect"
	"trustdeck/model/port"
)

// Service looks after the private keys in a folder. Its fields are set once, before use.
type Service struct {
	// Dialect is that of the repositories whose keys they are.
	Dialect dialect.Writable
	// Others are those of further repositories, asked about keys that Dialect does not know.
	Others admin.Provers
	Store  port.KeyStore
	Files  port.KeyFiles
	// Elsewhere names the folder that takes keys for the repositories of Others; empty where
	// there is none.
	Elsewhere string
}

// proves has a key sign something new, and verifies that. The error is one sentence about the
// key: no one could use it. The key has the ID under which the folder keeps it.
func (s *Service) proves(signer port.Signer) (model.Key, error) {
	return s.provenBy(append(admin.Provers{s.Dialect}, s.Others...), signer)
}

// provesHere is proves of a key that comes into the folder, whose repositories are in Dialect.
func (s *Service) provesHere(signer port.Signer) (model.Key, error) {
	return s.provenBy(admin.Provers{s.Dialect}, signer)
}

func (s *Service) provenBy(provers admin.Provers, signer port.Signer) (model.Key, error) {
	key, err := provers.Prove(signer)
	if id := s.Store.ID(key.SPKI); id != "" {
		key.ID = id
	}
	return key, err
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
