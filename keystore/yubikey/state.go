//go:build yubikey

package yubikey

import (
	"context"

	"trustdeck/keystore/hardware"
	"trustdeck/model"
)

// Supported tells whether this program can reach YubiKeys at all.
const Supported = true

// state is what is kept between operations. None of it is about what is on a token.
type state struct {
	// turn is taken by each operation and given back: a token serves one at a time.
	turn    chan struct{}
	refused *hardware.Refusals
	events  *events
}

func newState() state {
	return state{turn: make(chan struct{}, 1), refused: hardware.NewRefusals(), events: &events{waiting: map[chan struct{}]bool{}}}
}

// take waits for the turn of an operation, which calls give in the end.
func (s *state) take(ctx context.Context) (give func(), fault *model.Fault) {
	select {
	case s.turn <- struct{}{}:
		return func() { <-s.turn }, nil
	case <-ctx.Done():
		return nil, &model.Fault{Kind: model.FaultCanceled, Text: "another operation was using a token", Err: ctx.Err()}
	}
}
