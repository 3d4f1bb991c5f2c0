package tokens

import (
	"bytes"
	"context"
	"errors"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/port"
)

// PINSteps lists what ChangePIN does to the token with a name, in order.
func PINSteps(name string) []admin.Step {
	return admin.NewSteps("change the PIN of "+name, "read back what "+name+" says about its PIN")
}

// ChangePIN replaces the PIN of a token. It asks for the old one until it is right, and for the
// new one until the token takes it. The token is returned as it was read back; beside an error
// where its PIN was changed all the same.
func (s *Service) ChangePIN(ctx context.Context, serial string, run Run) (*model.Token, error) {
	store := s.Stores.Store(serial)
	steps := admin.Runner{Steps: PINSteps(store.Name()), Watch: run.Watch, Stop: run.Stop}
	var changed *model.Token
	err := steps.Run(ctx,
		func(ctx context.Context) error {
			before, err := s.read(ctx, store)
			if err != nil {
				return err
			}
			if err := replacePIN(ctx, store, before, &steps, run.Secrets); err != nil {
				return err
			}
			changed = before
			return nil
		},
		func(ctx context.Context) error {
			after, err := s.read(ctx, store)
			if err != nil {
				return err
			}
			changed = after
			if p := after.PIN; p.TriesLeft >= 0 && p.TriesLeft < p.Tries {
				return &model.Fault{
					Kind: model.FaultLocal, Subject: store.Name(), Text: "took the new PIN, but hasn't all tries left",
					Hint: "Another program may have given it a wrong PIN in the meantime. Look at it: trustdeck tokens",
				}
			}
			return nil
		})
	return changed, err
}

// errSamePIN is why the old PIN is no new one.
var errSamePIN = errors.New("the new PIN is the old one")

// replacePIN asks for both PINs, and wipes them.
func replacePIN(ctx context.Context, store port.TokenStore, before *model.Token, steps *admin.Runner, secrets port.Interaction) error {
	old := pinOf(before, "change it")
	old.Step, old.Of = 1, 2
	fresh := port.SecretAsk{Kind: port.PIN, Token: store.Name(), New: true, Step: 2, Of: 2}
	var present, chosen []byte
	defer func() { clear(present); clear(chosen) }()
	for {
		steps.Asks(port.PIN)
		var err error
		if present == nil {
			if present, err = secrets.Ask(ctx, old); err != nil {
				return err
			}
		}
		if chosen == nil {
			if chosen, err = choosePIN(ctx, secrets, fresh); err != nil {
				return err
			}
		}
		if bytes.Equal(present, chosen) {
			clear(chosen)
			chosen, fresh.Wrong = nil, errSamePIN
			continue
		}
		err = store.ChangePIN(old.Allowed(ctx), present, chosen)
		switch model.KindOf(err) {
		case model.FaultSecret:
			clear(present)
			present = nil
			if !old.Refused(err) {
				return err
			}
		case model.FaultUsage: // the token doesn't take the new one
			clear(chosen)
			chosen, fresh.Wrong = nil, err
		default:
			return err
		}
	}
}

// choosePIN asks for a new PIN until it is one. The caller wipes it.
func choosePIN(ctx context.Context, secrets port.Interaction, ask port.SecretAsk) ([]byte, error) {
	for {
		chosen, err := secrets.Ask(ctx, ask)
		if err != nil {
			return nil, err
		}
		if ask.Wrong = model.CheckPIN(chosen); ask.Wrong == nil {
			return chosen, nil
		}
		clear(chosen)
	}
}

// pinOf asks for the PIN of a token, with the tries that it has left where it tells.
func pinOf(t *model.Token, purpose string) port.SecretAsk {
	return port.SecretAsk{
		Kind: port.PIN, Token: t.Name(), Purpose: purpose, Step: 1, Of: 1,
		TriesLeft: max(t.PIN.TriesLeft, 0), LastTry: t.PIN.TriesLeft == 1,
	}
}
