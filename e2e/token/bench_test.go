//go:build yubikey

package token_test

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"testing"
	"time"

	"trustdeck/e2e/card"
	"trustdeck/e2e/peer"
	"trustdeck/keystore/yubikey"
	"trustdeck/model"
	"trustdeck/model/port"
)

func TestMain(m *testing.M) { peer.Main(m) }

// The serial numbers of the cards.
const (
	first  = 8675309
	second = 7654321
)

// pin and manager are those from the factory.
var (
	pin     = []byte("123456")
	manager = []byte("\x01\x02\x03\x04\x05\x06\x07\x08\x01\x02\x03\x04\x05\x06\x07\x08\x01\x02\x03\x04\x05\x06\x07\x08")
)

// bench is a service whose cards the store under test finds.
type bench struct {
	*testing.T
	kind    kind
	service *peer.CardService
	tokens  *yubikey.Tokens
}

func newBench(t *testing.T, k kind) *bench {
	t.Helper()
	service := peer.Cards(t)
	peer.LendCards(t, service)
	return &bench{t, k, service, yubikey.Open(yubikey.Config{})}
}

// insert puts a new card into a reader, 0 or 1, and waits until the service has seen it.
func (b *bench) insert(reader int, c card.Config) peer.Card {
	b.Helper()
	made := b.newCard(c)
	b.put(made, reader)
	return made
}

// newCard makes a card that is in no reader.
func (b *bench) newCard(c card.Config) peer.Card {
	b.Helper()
	made, err := b.kind.make(c)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(made.Remove)
	return made
}

func (b *bench) put(c peer.Card, reader int) {
	b.Helper()
	if err := c.Insert(b.service.Reader(reader)); err != nil {
		b.Fatal(err)
	}
	b.until(func() bool {
		found, _ := b.tokens.Tokens(b.Context())
		for _, k := range found {
			if k.Fault == nil && strings.HasSuffix(k.Reader, "0"+strconv.Itoa(reader)) {
				return true
			}
		}
		return false
	})
}

// until waits for something that the service notices within half a second.
func (b *bench) until(done func() bool) {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.Context(), 20*time.Second)
	defer cancel()
	for !done() {
		select {
		case <-ctx.Done():
			b.Fatal("waited in vain")
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// only is the one token that is plugged in.
func (b *bench) only() model.Token {
	b.Helper()
	found, fault := b.tokens.Tokens(b.Context())
	if fault != nil || len(found) != 1 || found[0].Fault != nil {
		b.Fatalf("tokens %+v, %v", found, fault)
	}
	return found[0]
}

// slot is what a slot of the only token holds.
func (b *bench) slot(id string) model.TokenSlot {
	b.Helper()
	for _, s := range b.only().Slots {
		if s.ID == id {
			return s
		}
	}
	b.Fatalf("slot %s is empty", id)
	return model.TokenSlot{}
}

func (b *bench) store() port.TokenStore { return b.tokens.Store(strconv.Itoa(first)) }

// open are the secrets from the factory, as the user gives them.
func open() port.TokenSecrets { return port.TokenSecrets{PIN: pin, Management: manager} }

// rootKey is a root key in slot 9c.
func rootKey() port.TokenKey { return port.TokenKey{Slot: "9c", Subject: "root"} }

// untouched is a root key that needs no touch.
func untouchedKey() port.TokenKey {
	return port.TokenKey{Slot: "9c", Subject: "root", Touch: model.PolicyNever}
}

// fails fails unless err is a Fault of a kind, with its text and a hint.
func (b *bench) fails(err error, kind model.FaultKind, text string) {
	b.Helper()
	fault, ok := errors.AsType[*model.Fault](err)
	if !ok || fault.Kind != kind || !strings.Contains(fault.Error(), text) || fault.Hint == "" {
		b.Errorf("got %#v (%v), want %s: %s", fault, err, kind, text)
	}
	if strings.Contains(fault.Error()+fault.Hint, string(pin)) {
		b.Errorf("the PIN is in %q", fault.Error())
	}
}

// refuses fails unless err is a wrong PIN after which so many tries are left.
func (b *bench) refuses(err error, left int, unspent bool, text string) {
	b.Helper()
	b.fails(err, model.FaultSecret, text)
	wrong, ok := errors.AsType[*port.WrongSecret](err)
	if !ok || wrong.TriesLeft != left || wrong.Unspent != unspent {
		b.Errorf("got %+v, want %d tries left, unspent %t", wrong, left, unspent)
	}
}
