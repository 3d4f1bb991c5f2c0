package keyfile

import (
	"context"

	"trustdeck/model"
	"trustdeck/model/port"
)

// unlock opens a key of the folder and has it sign, and asks for its passphrase until it is
// right. It returns the passphrase too, nil where the key has none; the caller wipes it.
func (s *Service) unlock(ctx context.Context, key model.PrivateKey, ask port.SecretAsk, secrets port.Interaction) (opens []byte, public model.Key, err error) {
	ask.Key, ask.Repository = key, key.GUN
	for {
		if key.Encrypted {
			if opens, err = secrets.Ask(ctx, ask); err != nil {
				return nil, public, err
			}
		}
		signer, err := s.Store.Unlock(ctx, key.ID, opens)
		if err == nil {
			public, err = s.proves(signer)
			_ = signer.Close() // wiping does not fail
			return opens, public, err
		}
		clear(opens)
		if !key.Encrypted || model.KindOf(err) != model.FaultSecret {
			return nil, public, err
		}
		ask.Wrong = err
	}
}

// Public returns the public half of a key of the folder. An encrypted file doesn't show it, so
// that its passphrase is asked for.
func (s *Service) Public(ctx context.Context, key model.PrivateKey, secrets port.Interaction) (model.Key, error) {
	opens, public, err := s.unlock(ctx, key, port.SecretAsk{Purpose: "show its public half", Step: 1, Of: 1}, secrets)
	clear(opens)
	return public, err
}
