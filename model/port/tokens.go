package port

import (
	"context"

	"trustdeck/model"
)

// Tokens are the tokens that are plugged in. Each is a KeyStore too; this is what a KeyStore
// does not tell. Errors are *model.Fault.
type Tokens interface {
	// Tokens reads all that are plugged in. Where there is none, or none can be reached, the
	// Fault says why and what helps: no service, no reader, no card, a program without
	// support. It spends no try of a PIN, asks for no touch, and holds no token open when it
	// returns.
	Tokens(ctx context.Context) ([]model.Token, *model.Fault)
	// Watch sends each time a reader or a token may have come or left, until ctx is done; then
	// it closes the channel. While nothing happens it costs nothing.
	Watch(ctx context.Context) <-chan struct{}
	// Attest asks a token for the proof that the key of a slot was made on it: the DER of the
	// certificate for the key, and of the one that the maker gave the token.
	Attest(ctx context.Context, serial, slot string) (key, maker []byte, err error)
}
