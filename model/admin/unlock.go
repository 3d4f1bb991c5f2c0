package admin

import (
	"cmp"
	"context"

	"trustdeck/model"
	"trustdeck/model/port"
)

// Unlock opens the private key that a question is about, in the store that has it, and asks for its
// secret for as long as the answer is wrong. id is what the change calls the key, and the store too where
// the question doesn't say. It returns nil without an error where the key may stay closed, and nobody
// opens it. A token says through the steps when it waits to be touched.
func Unlock(ctx context.Context, store port.KeyStore, id model.KeyID, ask port.SecretAsk, secrets port.Interaction, steps *Runner) (port.Signer, error) {
	ask.Kind, ask.As = store.Secret(), id
	stored := cmp.Or(ask.Key.ID, id)
	if !ask.Key.Encrypted && ask.Key.ID != "" {
		return touchable(store, steps)(store.Unlock(ctx, stored, nil))
	}
	var signer port.Signer
	err := Ask(ctx, ask, secrets, steps, func(ctx context.Context, secret []byte) (err error) {
		signer, err = store.Unlock(ctx, stored, secret)
		return err
	})
	return touchable(store, steps)(signer, err)
}

// Ask asks for a secret, for as long as try says with FaultSecret that the answer is wrong and another
// can be right. It wipes each answer. Where the question may be left open, and is, nothing is tried.
func Ask(ctx context.Context, ask port.SecretAsk, secrets port.Interaction, steps *Runner, try func(ctx context.Context, secret []byte) error) error {
	for {
		steps.Asks(ask.Kind)
		secret, err := secrets.Ask(ctx, ask)
		if ask.Skip != "" && (err == nil && len(secret) == 0 || model.KindOf(err) == model.FaultSecret) {
			return nil // nobody knows it, which is no error
		}
		if err != nil {
			return err
		}
		err = try(ask.Allowed(ctx), secret)
		clear(secret)
		if err == nil || model.KindOf(err) != model.FaultSecret || !ask.Refused(err) {
			return err
		}
	}
}

// touchable has a key tell when it waits for a touch.
func touchable(store port.KeyStore, steps *Runner) func(port.Signer, error) (port.Signer, error) {
	return func(signer port.Signer, err error) (port.Signer, error) {
		if err != nil {
			return nil, err
		}
		if t, ok := signer.(port.Touchable); ok {
			t.OnTouch(steps.Touch(store.Name(), ""))
		}
		return signer, nil
	}
}
