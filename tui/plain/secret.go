package plain

import (
	"bytes"
	"context"

	"trustdeck/model/port"
	"trustdeck/tui/secrets"
	"trustdeck/tui/text"
)

// Passphrase asks for a passphrase; a new one twice, until it will do. What was typed
// ahead is none. The caller wipes it.
func (p *Prompter) Passphrase(ctx context.Context, ask port.SecretAsk) ([]byte, error) {
	if ask.Wrong != nil {
		p.Say(text.Sentence(ask.Wrong.Error()))
	}
	if left := secrets.TriesLeft(ask); left != "" {
		p.Say(left)
	}
	p.Fresh(ctx)
	if p.about != nil {
		for _, line := range p.about(ask) {
			p.Say(line)
		}
	}
	for ask.LastTry {
		line, err := p.Hidden(ctx, secrets.AskedLastTry(ask)+":") // it may be the PIN, by mistake
		if err != nil {
			return nil, err
		}
		ask.LastTry = string(line) != secrets.LastTry
		clear(line)
	}
	for {
		first, err := p.Hidden(ctx, secrets.AskedFor(ask)+":")
		if err != nil || !ask.New {
			return first, err
		}
		words, ok := secrets.Strength(ask, first)
		p.Say(text.Sentence(words))
		if !ok {
			clear(first)
			continue
		}
		second, err := p.Hidden(ctx, "Type it again:")
		same := bytes.Equal(first, second)
		clear(second)
		if same && err == nil {
			return first, nil
		}
		clear(first)
		if err != nil {
			return nil, err
		}
		p.Say("The " + secrets.Noun(ask) + "s don't match. Try again.")
	}
}
