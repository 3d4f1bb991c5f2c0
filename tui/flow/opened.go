package flow

import (
	"bytes"
	"context"

	"trustdeck/model"
	"trustdeck/model/admin"
)

// Opened asks for passphrases, and tries one that has opened a key on the next key
// before it asks again, once for each key. It holds them until Wipe.
type Opened struct {
	// Next is asked where no passphrase that is known opens the key.
	Next admin.Secrets

	known [][]byte
	// key is the one that was asked about last, given what was answered for it, and
	// tries how many of those that are known were tried on it.
	key   asked
	given []byte
	tries int
	// wrong is what was wrong before any of those was tried.
	wrong error
}

// asked is what a question for a passphrase is about.
type asked struct {
	step int
	id   model.KeyID
	path string
}

var _ admin.Secrets = (*Opened)(nil)

// Ask returns a passphrase. New ones, and those of backups, are always asked for.
func (o *Opened) Ask(ctx context.Context, ask admin.SecretAsk) ([]byte, error) {
	if ask.New || ask.Archive != "" {
		return o.Next.Ask(ctx, ask)
	}
	o.settle(asked{ask.Step, ask.Key.ID, ask.Key.Path}, ask.Wrong)
	if o.tries < len(o.known) {
		o.tries++
		return bytes.Clone(o.known[o.tries-1]), nil
	}
	if o.tries == len(o.known) { // nobody has typed what was wrong last
		ask.Wrong = o.wrong
		o.tries++
	}
	value, err := o.Next.Ask(ctx, ask)
	if err == nil && len(value) > 0 {
		o.given = bytes.Clone(value)
	}
	return value, err
}

// settle finds out what became of the last answer: it was wrong where the same key is
// asked about again, and has opened its key where another one is.
func (o *Opened) settle(now asked, wrong error) {
	if now == o.key {
		clear(o.given)
		o.given = nil
		return
	}
	if o.given != nil {
		o.known, o.given = append(o.known, o.given), nil
	}
	o.key, o.tries, o.wrong = now, 0, wrong
}

// Wipe overwrites all passphrases that are held.
func (o *Opened) Wipe() {
	clear(o.given)
	for _, known := range o.known {
		clear(known)
	}
	o.given, o.known = nil, nil
}
