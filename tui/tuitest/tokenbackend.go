package tuitest

import (
	"context"
	"sync"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/admin/tokens"
	"trustdeck/model/port"
	"trustdeck/tui/flow"
	"trustdeck/tui/flows"
)

// TokenBackend is a flows.Tokens without tokens. Its fields are set before use.
type TokenBackend struct {
	// Known are the facts.
	Known flow.Facts

	mu      sync.Mutex
	changed int
}

var _ flows.Tokens = (*TokenBackend)(nil)

// NewTokenBackend is one with two tokens: a new one, and one whose PIN has one try left.
func NewTokenBackend() *TokenBackend {
	return &TokenBackend{Known: flow.Facts{Dialect: Dialect(), Now: Now, Tokens: []model.Token{
		{
			Serial: "1234567", Product: "YubiKey 5C", Firmware: "5.7.1", PIN: model.TokenSecret{TriesLeft: 3, Tries: 3, Default: model.Yes},
			PUK: model.TokenSecret{TriesLeft: 3, Tries: 3}, Management: model.ManagementKey{Algorithm: "AES-192", Default: model.Yes},
		},
		{
			Serial: "7654321", Product: "YubiKey 4", Firmware: "4.3.5", PIN: model.TokenSecret{TriesLeft: 1, Tries: 3},
			PUK: model.TokenSecret{TriesLeft: -1, Tries: -1}, Management: model.ManagementKey{Protected: true},
		},
	}}}
}

// Changed counts the changes of tokens.
func (d *TokenBackend) Changed() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.changed
}

// Facts returns what is known.
func (d *TokenBackend) Facts(context.Context) (flow.Facts, error) { return d.Known, nil }

// Variable knows no PIN.
func (*TokenBackend) Variable(port.SecretAsk) (value []byte, name string) { return nil, "" }

// ChangePIN asks for the PIN, which may be any, and for a new one.
func (d *TokenBackend) ChangePIN(ctx context.Context, serial string, run tokens.Run) (*model.Token, error) {
	t := d.find(serial)
	steps := admin.Runner{Steps: tokens.PINSteps(t.Name()), Watch: run.Watch, Stop: run.Stop}
	err := steps.Run(ctx, func(ctx context.Context) error {
		steps.Asks(port.PIN)
		old := port.SecretAsk{Kind: port.PIN, Token: t.Name(), Purpose: "change it", Step: 1, Of: 2, TriesLeft: t.PIN.TriesLeft, LastTry: t.PIN.TriesLeft == 1}
		given, err := run.Secrets.Ask(ctx, old)
		if err != nil {
			return err
		}
		clear(given)
		fresh, err := run.Secrets.Ask(ctx, port.SecretAsk{Kind: port.PIN, Token: t.Name(), New: true, Step: 2, Of: 2})
		clear(fresh)
		return err
	}, func(context.Context) error { return nil })
	if err != nil {
		return nil, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.changed++
	return &t, nil
}

func (d *TokenBackend) find(serial string) model.Token {
	for _, t := range d.Known.Tokens {
		if t.Serial == serial {
			return t
		}
	}
	return model.Token{Serial: serial}
}
