//go:build yubikey

package token_test

import (
	"os"
	"slices"
	"testing"

	"trustdeck/e2e/card"
	"trustdeck/e2e/peer"
	"trustdeck/e2e/pivcard"
)

// kind is one of the software cards that the tests run on. They are independent of each other, so
// what passes on all of them relies on none.
type kind struct {
	name string
	// firmwares are those that it can have.
	firmwares []card.Version
	make      func(card.Config) (peer.Card, error)
}

var kinds = []kind{
	{"card", []card.Version{card.V435, card.V543, card.V571}, func(c card.Config) (peer.Card, error) { return card.New(c) }},
	{"pivcard", []card.Version{card.V543, card.V571}, newPIVCard},
}

// newPIVCard makes a card of package pivcard.
func newPIVCard(c card.Config) (peer.Card, error) {
	config := pivcard.Config{Firmware: pivcard.Version(c.Firmware), Serial: c.Serial, TouchLimit: c.TouchLimit}
	if c.Forge != nil {
		config.Answer = func(cmd pivcard.Command, answer []byte) []byte {
			return c.Forge(card.Command{Instruction: cmd.Instruction, P1: cmd.P1, P2: cmd.P2, Length: len(cmd.Data)}, answer)
		}
	}
	return pivcard.New(config)
}

// has reports whether the card can have a firmware.
func (k kind) has(firmware card.Version) bool { return slices.Contains(k.firmwares, firmware) }

// each runs a test on each kind of card.
func each(t *testing.T, test func(*testing.T, kind)) {
	t.Helper()
	for _, k := range kinds {
		t.Run(k.name, func(t *testing.T) { test(t, k) })
	}
}

// eachOnRequest runs a test on the first kind, and on the others where ALL_CARDS is set: it is
// about readers and the service more than about the card in them.
func eachOnRequest(t *testing.T, test func(*testing.T, kind)) {
	t.Helper()
	each(t, func(t *testing.T, k kind) {
		if k.name != kinds[0].name && os.Getenv("ALL_CARDS") == "" {
			t.Skip("on this card only where ALL_CARDS is set")
		}
		test(t, k)
	})
}
