package tokens

import (
	"context"
	"encoding/pem"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/port"
)

// NewKey is a key that a token makes.
type NewKey struct {
	Place
	// Public is the path of a new file for its public half; empty writes none.
	Public string
}

// Changed is what a change of a slot has come to.
type Changed struct {
	// Token was read, before or after the change, where that could be done.
	Token model.Token
	// Slot is the one that was changed, as it is now.
	Slot model.TokenSlot
	// ID is that of the key in the slot, as the token's store calls it.
	ID model.KeyID
	// Public is the file with the public half that was written; empty where none was.
	Public string
}

// MakeKeySteps lists what MakeKey does on the token with a name, in order.
func MakeKeySteps(k *NewKey, token string) []admin.Step {
	var texts []string
	switch {
	case k.Uncertified():
		texts = append(texts, certifying(&k.Place, token))
	case k.Placed == nil:
		texts = append(texts, "make a key in slot "+k.Key.Slot+" of "+token+", and a certificate that it signs")
	}
	if k.Public != "" {
		texts = append(texts, "write its public key to "+k.Public)
	}
	return admin.NewSteps(append(texts, "read back what slot "+k.Key.Slot+" holds")...)
}

// MakeKey has a token make a key, which never leaves it, and reads that back. The result is there
// beside an error too where the key is on the token, and this was read.
func (s *Service) MakeKey(ctx context.Context, k NewKey, run Run) (*Changed, error) {
	if k.Public != "" {
		if err := s.Files.CheckNew(k.Public); err != nil {
			return nil, err
		}
	}
	store := s.Stores.Store(k.Serial)
	steps := admin.Runner{Steps: MakeKeySteps(&k, store.Name()), Watch: run.Watch, Stop: run.Stop}
	var out *Changed
	var work []func(context.Context) error
	switch {
	case k.Uncertified():
		work = append(work, func(ctx context.Context) (err error) {
			out, err = s.certify(ctx, store, &k.Place, &steps, run)
			return err
		})
	case k.Placed == nil:
		work = append(work, func(ctx context.Context) (err error) {
			out, err = s.makeKey(ctx, store, &k, &steps, run)
			return err
		})
	}
	have := func(ctx context.Context) (err error) {
		if out == nil {
			out, err = s.kept(ctx, store, &k.Place)
		}
		return err
	}
	if k.Public != "" {
		work = append(work, func(ctx context.Context) error {
			if err := have(ctx); err != nil {
				return err
			}
			text := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Headers: map[string]string{"role": k.Key.Subject}, Bytes: out.Slot.SPKI})
			err := s.Files.WriteNew(k.Public, text)
			if err == nil {
				out.Public = k.Public
			}
			return err
		})
	}
	work = append(work, func(ctx context.Context) error {
		if err := have(ctx); err != nil {
			return err
		}
		return s.confirm(ctx, store, out)
	})
	err := steps.Run(ctx, work...)
	return out, err
}

// makeKey has the token make the key.
func (s *Service) makeKey(ctx context.Context, store port.TokenStore, k *NewKey, steps *admin.Runner, run Run) (out *Changed, err error) {
	t, err := s.unchanged(ctx, store, &k.Place)
	if err != nil {
		return nil, err
	}
	pin := k.Key.PIN != model.PolicyNever
	o := s.opening(store, t, "make a key in slot "+k.Key.Slot, pin, steps, run)
	defer o.wipe()
	err = o.change(ctx, pin, func(ctx context.Context, open port.TokenSecrets) error {
		slot, err := store.MakeKey(ctx, k.Key, open, steps.Touch(store.Name(), signing(&k.Place)))
		out = changed(store, t, slot, err)
		return err
	})
	return out, err
}

// signing says what a key is used for while its certificate is made.
func signing(p *Place) string { return "sign the certificate of the key in slot " + p.Key.Slot }
