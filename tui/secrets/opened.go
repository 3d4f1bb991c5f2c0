package secrets

import (
	"bytes"
	"context"

	"trustdeck/model"
	"trustdeck/model/port"
)

// Opened takes passphrases from the environment, and else asks for them: it tries one that
// has opened a key on the next key before it asks again, once for each key. A PIN is tried on
// other keys of its own store alone. It holds them until Wipe.
type Opened struct {
	// Variable is the passphrase that the environment has for what is asked for, and the
	// name of its variable, nil where it has none; Ask wipes it. A Variable that is nil asks
	// at once.
	Variable func(ask port.SecretAsk) (value []byte, name string)
	// Refuse says what is wrong with a passphrase of the environment; nil asks for
	// another one.
	Refuse func(ask port.SecretAsk, name string, value []byte) error
	// Next is asked where no passphrase that is known opens the key.
	Next port.Interaction

	known [][]byte
	// key is the one that was asked about last, given what was answered for it, and
	// tries how many of those that are known were tried on it.
	key   asked
	given []byte
	tries int
	// wrong is what was wrong before any of those was tried.
	wrong error
	// tried are the variables that were used, by the place of the question.
	tried map[int]string
	pins  pins
}

// asked is what a question for a passphrase is about.
type asked struct {
	step int
	id   model.KeyID
	path string
}

var _ port.Interaction = (*Opened)(nil)

// Ask returns a passphrase. New ones, those of backups, and what changes a token are always asked
// for where the environment has none.
func (o *Opened) Ask(ctx context.Context, ask port.SecretAsk) ([]byte, error) {
	if value, name := o.variable(ask); value != nil {
		switch {
		case ask.Wrong == nil:
			o.tried[ask.Step] = name
			return value, nil
		case o.Refuse != nil:
			defer clear(value)
			return nil, o.Refuse(ask, name, value)
		}
		clear(value)
	}
	if ask.New || ask.Archive != "" || ask.Token != "" {
		return o.Next.Ask(ctx, ask)
	}
	if ask.Kind == port.PIN {
		return o.pins.ask(ctx, ask, o.Next)
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

func (o *Opened) variable(ask port.SecretAsk) (value []byte, name string) {
	if o.Variable == nil {
		return nil, ""
	}
	if o.tried == nil {
		o.tried = map[int]string{}
	}
	return o.Variable(ask)
}

// Tried is the variable whose passphrase was wrong, the first time that somebody is
// asked instead; empty where none was tried.
func (o *Opened) Tried(ask port.SecretAsk) string {
	name := o.tried[ask.Step]
	delete(o.tried, ask.Step)
	return name
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
	o.pins.wipe()
}
