package admin

import (
	"context"

	"trustdeck/model"
	"trustdeck/model/dialect"
	"trustdeck/model/port"
)

// ChoosePassphrase asks for a new passphrase, until it is one under which something may
// be kept. The caller wipes it. The error is that of asking.
func ChoosePassphrase(ctx context.Context, secrets port.Interaction, ask port.SecretAsk, words dialect.Words) ([]byte, error) {
	for {
		passphrase, err := secrets.Ask(ctx, ask)
		if err != nil {
			return nil, err
		}
		if ask.Wrong = model.CheckPassphrase(passphrase, words.Programs); ask.Wrong == nil {
			return passphrase, nil
		}
		clear(passphrase)
	}
}
