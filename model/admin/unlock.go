package admin

import (
	"cmp"
	"context"

	"trustdeck/model"
	"trustdeck/model/port"
)

// Unlock opens the private key that a question is about, in the store that has it, and asks for its
// secret for as long as the answer is wrong. id is what the key is called where the question doesn't
// say. It returns nil without an error where the key may stay closed, and nobody opens it. A token
// says through the steps when it waits to be touched; why is what for, and may be empty.
func Unlock(ctx context.Context, store port.KeyStore, id model.KeyID, ask port.SecretAsk, secrets port.Interaction, steps *Runner, why func() string) (port.Signer, error) {
	ask.Kind = store.Secret()
	stored := cmp.Or(ask.Key.ID, id)
	if !ask.Key.Encrypted && ask.Key.ID != "" {
		return touchable(store, steps, why)(store.Unlock(ctx, stored, nil))
	}
	for {
		steps.Asks(ask.Kind)
		secret, err := secrets.Ask(ctx, ask)
		if ask.Skip != "" && (err == nil && len(secret) == 0 || model.KindOf(err) == model.FaultSecret) {
			return nil, nil //nolint:nilnil // nobody knows it, which is no error
		}
		if err != nil {
			return nil, err
		}
		signer, err := store.Unlock(ask.Allowed(ctx), stored, secret)
		clear(secret)
		if err == nil || model.KindOf(err) != model.FaultSecret || !ask.Refused(err) {
			return touchable(store, steps, why)(signer, err)
		}
	}
}

// touchable has a key tell when it waits for a touch.
func touchable(store port.KeyStore, steps *Runner, why func() string) func(port.Signer, error) (port.Signer, error) {
	return func(signer port.Signer, err error) (port.Signer, error) {
		if err != nil {
			return nil, err
		}
		if t, ok := signer.(port.Touchable); ok {
			t.OnTouch(steps.Touch(store.Name(), why))
		}
		return signer, nil
	}
}
