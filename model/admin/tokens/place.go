package tokens

import (
	"bytes"
	"context"
	"fmt"
	"slices"

	"trustdeck/model"
	"trustdeck/model/port"
)

// Place is a slot of a token into which something is put.
type Place struct {
	// Serial is the number of the token.
	Serial string
	// Key is the slot, with the policies and the name of a key that is put there.
	Key port.TokenKey
	// Before is what the slot held when the change was reviewed; nil where it was empty. It must
	// still be so.
	Before *model.TokenSlot
	// Placed is the SubjectPublicKeyInfo of the key that an attempt before has put into the slot,
	// before it was cut off; nil where there was none. Before is that key then: it stays, and only
	// what is still missing is done.
	Placed []byte
}

// Uncertified reports whether an attempt before has put a key into the slot that has no certificate yet.
func (p *Place) Uncertified() bool {
	return p.Placed != nil && p.Before != nil && (p.Before.State == model.SlotKeyOnly || p.Before.State == model.SlotMismatch)
}

// Slot is what a token holds in the slot with this number; nil where that is empty.
func Slot(t *model.Token, id string) *model.TokenSlot {
	i := slices.IndexFunc(t.Slots, func(s model.TokenSlot) bool { return s.ID == id })
	if i < 0 {
		return nil
	}
	return &t.Slots[i]
}

// Slots are the numbers of all slots that sign, the usual one for root keys first (NIST SP
// 800-73-4, part 1, table 4b; the last twenty are those for retired keys).
func Slots() []string {
	const firstRetired, lastRetired = 0x82, 0x95
	out := []string{"9c", "9a", "9d", "9e"}
	for n := firstRetired; n <= lastRetired; n++ {
		out = append(out, fmt.Sprintf("%02x", n))
	}
	return out
}

// unchanged reads a token, and refuses a slot that is not as it was reviewed.
func (s *Service) unchanged(ctx context.Context, store port.TokenStore, p *Place) (*model.Token, error) {
	t, err := s.read(ctx, store)
	if err != nil {
		return nil, err
	}
	now := Slot(t, p.Key.Slot)
	if now == nil && p.Before == nil {
		return t, nil
	}
	if now != nil && p.Before != nil && now.State == p.Before.State && bytes.Equal(now.SPKI, p.Before.SPKI) && bytes.Equal(now.Certificate, p.Before.Certificate) {
		return t, nil
	}
	return nil, &model.Fault{
		Kind: model.FaultStale, Subject: t.Name(), Text: "slot " + p.Key.Slot + " no longer holds what it did when you reviewed the change",
		Hint: "Start again, and review what it holds now.",
	}
}

// confirm reads a token back after a change, and compares it with what the change has reported.
func (s *Service) confirm(ctx context.Context, store port.TokenStore, c *Changed) error {
	t, err := s.read(ctx, store)
	if err != nil {
		return err
	}
	is, want, differs := Slot(t, c.Slot.ID), &c.Slot, ""
	c.Token = *t
	switch {
	case is == nil:
		differs = "is empty"
	case is.Fault != nil:
		return is.Fault
	case !bytes.Equal(is.SPKI, want.SPKI):
		differs = "has another key"
	case !bytes.Equal(is.Certificate, want.Certificate):
		differs = "has another certificate"
	case is.State != model.SlotWhole && is.State != model.SlotUnproved:
		differs = "is not whole: " + is.State.String()
	case told(is.PIN, want.PIN) || told(is.Touch, want.Touch):
		differs = "asks for PIN or touch in another way"
	}
	if differs != "" {
		return &model.Fault{
			Kind: model.FaultLocal, Subject: t.Name(), Text: "slot " + want.ID + " reads back differently: it " + differs,
			Hint: "Another program may use the token. Close it, and look at the token: trustdeck tokens",
		}
	}
	c.Slot = *is
	return nil
}

// told reports whether a token states another policy than is wanted.
func told(is, want model.UsePolicy) bool {
	return is != model.PolicyUnknown && want != model.PolicyUnknown && is != want
}
