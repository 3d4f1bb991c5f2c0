package port

import (
	"context"
	"errors"

	"trustdeck/model"
)

// SecretKind says what opens a key.
type SecretKind int

// The kinds of secrets.
const (
	Passphrase SecretKind = iota
	PIN
	// Touch is none: the holder touches the token.
	Touch
	// ManagementKey guards what a token holds, as hexadecimal digits. Wrong ones cost nothing.
	ManagementKey
)

// WrongSecret is why a store does not open a key, where it counts wrong answers.
type WrongSecret struct {
	Fault *model.Fault
	// TriesLeft is how many more it takes; at 0 it takes none, not even the right one.
	TriesLeft int
	// Unspent is true where the answer was not tried, and so cost nothing: because the last try
	// is spent only with SpendLastTry, or because the same answer was wrong before.
	Unspent bool
}

// Error is that of the Fault.
func (w *WrongSecret) Error() string { return w.Fault.Error() }

// Unwrap is the Fault.
func (w *WrongSecret) Unwrap() error { return w.Fault }

// SecretAsk says which secret is wanted, and what for. Everything in it is for
// people, and none of it is secret.
type SecretAsk struct {
	// Kind is that of the secret.
	Kind SecretKind
	// Key is the key file; only Label, GUN, Place and Store are set where New is.
	Key model.PrivateKey
	// As is the ID by which the change calls the key, which may be another than the store's; empty is
	// the store's.
	As model.KeyID
	// Archive is the file of the backup, where it is the passphrase of one that is
	// wanted; then there is no Key.
	Archive string
	// Token is the name of the token whose PIN or management key is wanted for what changes the
	// token itself, or whose PIN is chosen; then there is no Key.
	Token string
	// Repository is the one that is being changed.
	Repository model.GUN
	// Purpose says what the key will do: "sign targets 5 of acme/app".
	Purpose string
	// New is true where the secret is chosen now, for a key to be made. Again is true as well where
	// it is for keys that have one: then Key has only the Label and Place of the first, and Purpose
	// says for how many keys it is.
	New, Again bool
	// Skip says what it means to leave the key closed, by an empty answer: a sentence. It is empty
	// where the key is needed.
	Skip string
	// Step and Of count the secrets of a plan.
	Step, Of int
	// Wrong says what was wrong with the last answer; nil at first.
	Wrong error
	// TriesLeft is how many wrong answers the store still takes; 0 where it does not
	// count them, or that is not known yet.
	TriesLeft int
	// LastTry is true where the answer would be the last that the store takes: the front end has
	// the person who answers confirm that first, by typing it.
	LastTry bool
}

// Refused takes note of why an answer did not open the key. It reports false where no other can: the
// store takes none any more.
func (a *SecretAsk) Refused(err error) bool {
	a.Wrong = err
	counted, ok := errors.AsType[*WrongSecret](err)
	if !ok {
		return true
	}
	a.TriesLeft, a.LastTry = counted.TriesLeft, counted.TriesLeft == 1
	return counted.TriesLeft > 0
}

// Allowed lets an answer be the last one that the store takes, where LastTry had that confirmed.
func (a *SecretAsk) Allowed(ctx context.Context) context.Context {
	if a.LastTry {
		return SpendLastTry(ctx)
	}
	return ctx
}

// Interaction is who knows the passphrases. Ask returns a slice that the caller
// wipes. A FaultCanceled ends the flow; nothing is lost.
type Interaction interface {
	Ask(ctx context.Context, ask SecretAsk) ([]byte, error)
}

type lastTry struct{}

// SpendLastTry allows what is done with the context to give a store that counts wrong answers the
// last one. It is for when the person who answers has confirmed that by typing it. Without it
// a store refuses with a WrongSecret that is Unspent and has one try left.
func SpendLastTry(ctx context.Context) context.Context {
	return context.WithValue(ctx, lastTry{}, true)
}

// MaySpendLastTry reports whether SpendLastTry has allowed it.
func MaySpendLastTry(ctx context.Context) bool { return ctx.Value(lastTry{}) != nil }
