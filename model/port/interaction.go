package port

import (
	"context"

	"trustdeck/model"
)

// SecretAsk says which secret is wanted, and what for. Everything in it is for
// people, and none of it is secret.
type SecretAsk struct {
	// Key is the key file; only Label, GUN and Place are set where New is.
	Key model.PrivateKey
	// Archive is the file of the backup, where it is the passphrase of one that is
	// wanted; then there is no Key.
	Archive string
	// Repository is the one that is being changed.
	Repository model.GUN
	// Purpose says what the key will do: "sign targets 5 of acme/app".
	Purpose string
	// New is true where the secret is chosen now, for a key to be made.
	New bool
	// MaySkip is true where an empty answer leaves the key untried.
	MaySkip bool
	// Step and Of count the secrets of a plan.
	Step, Of int
	// Wrong says what was wrong with the last answer; nil at first.
	Wrong error
}

// Interaction is who knows the passphrases. Ask returns a slice that the caller
// wipes. A FaultCanceled ends the flow; nothing is lost.
type Interaction interface {
	Ask(ctx context.Context, ask SecretAsk) ([]byte, error)
}
