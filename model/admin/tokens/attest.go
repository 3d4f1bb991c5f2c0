package tokens

import (
	"context"

	"trustdeck/model"
)

// Proof are the certificates that prove a key to have been made on a token: see port.Tokens.Attest.
type Proof struct {
	Slot       string
	Key, Maker []byte
}

// Attest has a token prove which of its keys it has made. Keys that were imported have no proof;
// where the firmware doesn't tell them, the refusal of the token does. There is at least one proof
// if there is no error.
func (s *Service) Attest(ctx context.Context, t *model.Token) ([]Proof, error) {
	var out []Proof
	var refused error
	for i := range t.Slots {
		slot := &t.Slots[i]
		if !slot.HasKey() || slot.Origin == model.OriginImported {
			continue
		}
		key, maker, err := s.Stores.Attest(ctx, t.Serial, slot.ID)
		switch {
		case err == nil:
			out = append(out, Proof{slot.ID, key, maker})
		case slot.Origin == model.OriginUnknown && model.KindOf(err) != model.FaultUnreachable && ctx.Err() == nil:
			refused = err
		default:
			return nil, err
		}
	}
	if len(out) == 0 {
		return nil, &model.Fault{
			Kind: model.FaultNotFound, Subject: t.Name(), Text: "has no key that it has made", Err: refused,
			Hint: "Make one: trustdeck token generate " + t.Serial,
		}
	}
	return out, nil
}
