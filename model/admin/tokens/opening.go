package tokens

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/port"
)

// Management says who knows the management key of a token, which guards its slots.
type Management int

// What is known of a management key.
const (
	// ManagementTyped: people type it.
	ManagementTyped Management = iota
	// ManagementPIN: the token keeps it, and gives it to those who know the PIN.
	ManagementPIN
	// ManagementFactory: the token says that it is the one from the factory.
	ManagementFactory
)

// ManagementOf says which it is for a token.
func ManagementOf(t *model.Token) Management {
	switch {
	case t.Management.Protected:
		return ManagementPIN
	case t.Management.Default == model.Yes:
		return ManagementFactory
	default:
		return ManagementTyped
	}
}

// opening gathers the secrets that changes of a token need. Each is asked for until it is right,
// and used again for what follows.
type opening struct {
	store      port.TokenStore
	management Management
	steps      *admin.Runner
	secrets    port.Interaction
	pin, key   port.SecretAsk
	have       port.TokenSecrets
}

// opening begins to gather; the owner wipes it. purpose is what the secrets are for: "make a key".
// pin is whether the PIN is needed for more than the management key.
func (s *Service) opening(store port.TokenStore, t *model.Token, purpose string, pin bool, steps *admin.Runner, run Run) *opening {
	out := &opening{store: store, management: ManagementOf(t), steps: steps, secrets: run.Secrets, pin: pinOf(t, purpose)}
	out.key = port.SecretAsk{Kind: port.ManagementKey, Token: t.Name(), Purpose: purpose, Step: 1, Of: 1}
	if out.management == ManagementTyped && pin {
		out.pin.Of, out.key.Step, out.key.Of = 2, 2, 2
	}
	out.have.Factory = out.management == ManagementFactory
	return out
}

func (o *opening) wipe() {
	clear(o.have.PIN)
	clear(o.have.Management)
}

// change calls do with the management key, and with the PIN where that is needed.
func (o *opening) change(ctx context.Context, pin bool, do func(context.Context, port.TokenSecrets) error) error {
	return o.until(ctx, pin || o.management == ManagementPIN, o.management == ManagementTyped, do)
}

// use calls do with the PIN.
func (o *opening) use(ctx context.Context, do func(ctx context.Context, pin []byte) error) error {
	return o.until(ctx, true, false, func(ctx context.Context, open port.TokenSecrets) error { return do(ctx, open.PIN) })
}

// until asks for what is missing and calls do, again for as long as that says that a secret is
// wrong and another answer can help.
func (o *opening) until(ctx context.Context, pin, manager bool, do func(context.Context, port.TokenSecrets) error) error {
	for {
		if err := o.gather(ctx, pin, manager); err != nil {
			return err
		}
		err := do(o.pin.Allowed(ctx), o.have)
		if model.KindOf(err) != model.FaultSecret {
			return err
		}
		secret, ask := &o.have.Management, &o.key
		if _, counted := errors.AsType[*port.WrongSecret](err); counted {
			secret, ask = &o.have.PIN, &o.pin
		} else if !manager {
			return err // nobody has typed what is wrong
		}
		clear(*secret)
		*secret = nil
		if !ask.Refused(err) {
			return err
		}
	}
}

// gather asks for the secrets that are not there yet.
func (o *opening) gather(ctx context.Context, pin, manager bool) (err error) {
	if pin && o.have.PIN == nil {
		o.steps.Asks(port.PIN)
		if o.have.PIN, err = o.secrets.Ask(ctx, o.pin); err != nil {
			return err
		}
	}
	for manager && o.have.Management == nil {
		o.steps.Asks(port.ManagementKey)
		typed, err := o.secrets.Ask(ctx, o.key)
		if err != nil {
			return err
		}
		o.have.Management, o.key.Wrong = managementKey(typed)
		clear(typed)
	}
	return nil
}

// managementKey decodes a management key that was typed. Spaces between digits are left out.
func managementKey(typed []byte) ([]byte, error) {
	digits := make([]byte, 0, len(typed))
	defer func() { clear(digits[:cap(digits)]) }()
	for _, b := range typed {
		if !bytes.ContainsRune([]byte(" :-"), rune(b)) {
			digits = append(digits, b)
		}
	}
	out := make([]byte, hex.DecodedLen(len(digits)))
	const least, most = 16, 32
	if n, err := hex.Decode(out, digits); err != nil || n < least || n > most || n%8 != 0 {
		clear(out)
		return nil, &model.Fault{
			Kind: model.FaultSecret, Text: "a management key has 32, 48 or 64 hexadecimal digits", Hint: "Type it as ykman or the other program has shown it.",
		}
	}
	return out, nil
}
