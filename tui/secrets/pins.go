package secrets

import (
	"bytes"
	"context"

	"trustdeck/model/port"
)

// pins are those that have opened keys, by their store. No passphrase is tried as a PIN, and no
// PIN on another token: a wrong one costs a try.
type pins struct {
	known map[string][]byte
	// given is the one that was answered last, for a key of the store in, until it is known
	// whether it was right.
	given []byte
	in    string
	key   asked
}

// ask returns the PIN that has opened another key of the store, else asks for it.
func (p *pins) ask(ctx context.Context, ask port.SecretAsk, next port.Interaction) ([]byte, error) {
	p.settle(asked{ask.Step, ask.Key.ID, ask.Key.Path})
	if value := p.known[ask.Key.Store]; value != nil && ask.Key.Store != "" {
		if ask.Wrong == nil {
			return bytes.Clone(value), nil
		}
		clear(value)
		delete(p.known, ask.Key.Store)
	}
	value, err := next.Ask(ctx, ask)
	if err == nil && len(value) > 0 {
		p.given, p.in = bytes.Clone(value), ask.Key.Store
	}
	return value, err
}

// settle finds out what happened to the last answer: it was wrong where the same key is asked
// about again.
func (p *pins) settle(now asked) {
	if p.given != nil && now != p.key {
		if p.known == nil {
			p.known = map[string][]byte{}
		}
		clear(p.known[p.in])
		p.known[p.in] = p.given
	} else {
		clear(p.given)
	}
	p.given, p.key = nil, now
}

// wipe overwrites all PINs.
func (p *pins) wipe() {
	clear(p.given)
	for _, known := range p.known {
		clear(known)
	}
	*p = pins{}
}
