//go:build yubikey

package token_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"trustdeck/e2e/card"
	"trustdeck/e2e/peer"
	"trustdeck/model"
	"trustdeck/model/admin/tokens"
	"trustdeck/model/port"
)

// typist answers from a list, and counts how often the last try is announced.
type typist struct {
	answers []string
	last    int
}

// Ask gives the next answer.
func (p *typist) Ask(_ context.Context, ask port.SecretAsk) ([]byte, error) {
	if ask.LastTry {
		p.last++
	}
	if len(p.answers) == 0 {
		return nil, &model.Fault{Kind: model.FaultCanceled, Text: "nothing more is known"}
	}
	value := []byte(p.answers[0])
	p.answers = slices.Delete(p.answers, 0, 1)
	return value, nil
}

// The whole change of a PIN: wrong ones cost the tries that were announced, the new one counts at
// once, and no PIN is sent that nobody has typed.
func TestChangePINOnToken(t *testing.T) { each(t, testChangePINOnToken) }

func testChangePINOnToken(t *testing.T, k kind) {
	for _, firmware := range k.firmwares {
		t.Run(firmware.String(), func(t *testing.T) {
			b := newBench(t, k)
			c := b.insert(0, card.Config{Firmware: firmware, Serial: first})
			service := tokens.Service{Stores: b.tokens}
			sent := c.PINsSent()
			p := &typist{answers: []string{"000000", "87654321", "111111", string(pin)}}
			after, err := service.ChangePIN(t.Context(), "8675309", tokens.Run{Secrets: p})
			if err != nil {
				t.Fatal(err)
			}
			if left, _ := c.Tries(); left != 3 || after.PIN.TriesLeft != 3 || after.Serial != "8675309" {
				t.Errorf("%d tries left, told %+v", left, after.PIN)
			}
			if n := c.PINsSent() - sent; n != 3 || p.last != 1 {
				t.Errorf("sent %d PINs, announced the last try %d times", n, p.last)
			}
			_, err = service.ChangePIN(t.Context(), "7654321", tokens.Run{Secrets: &typist{}})
			b.fails(err, model.FaultUnreachable, "YubiKey 7654321: is not plugged in")
			// Who gives up leaves the PIN as it was.
			_, err = service.ChangePIN(t.Context(), "8675309", tokens.Run{Secrets: &typist{answers: []string{string(pin), "654321"}}})
			if model.KindOf(err) != model.FaultCanceled {
				t.Error(err)
			}
			if err := b.store().ChangePIN(t.Context(), []byte("87654321"), pin); err != nil {
				t.Error(err)
			}
		})
	}
}

// The program at a terminal: the token is pulled out after the PIN was typed, which costs no try and
// changes nothing; once it is plugged in again, the PIN is changed, and no PIN is on any screen.
func TestChangePINProgram(t *testing.T) {
	peer.Need(t, "tmux")
	each(t, testChangePINProgram)
}

func testChangePINProgram(t *testing.T, k kind) {
	b := newBench(t, k)
	c := b.insert(0, card.Config{Firmware: card.V571, Serial: first})
	program := peer.TrustdeckWithTokens(t).WithCards(b.service)
	answer := func(term *peer.Terminal, asks, text string) {
		term.WaitFor(asks)
		term.Type(text)
		term.Keys("Enter")
	}
	begin := func() *peer.Terminal {
		term := peer.Tmux(t, 100, 40)
		term.Start(program, "token", "pin", "8675309", "--plain")
		answer(term, "Type yes to", "yes")
		answer(term, "1 of 2. PIN of YubiKey 8675309, to change it:", string(pin))
		term.WaitFor("A new PIN for YubiKey 8675309")
		return term
	}
	term := begin()
	c.Remove()
	answer(term, "A new PIN for YubiKey 8675309", "87654321")
	answer(term, "again", "87654321")
	term.WaitFor("YubiKey 8675309: isn't plugged in")
	term.WaitFor("The PIN of YubiKey 8675309 is the one that it was.")
	b.put(c, 0)
	if left, _ := c.Tries(); left != 3 {
		t.Errorf("%d tries are left", left)
	}
	term = begin()
	answer(term, "A new PIN for YubiKey 8675309", "87654321")
	answer(term, "again", "87654321")
	term.WaitFor("New PIN: YubiKey 8675309")
	for _, secret := range []string{string(pin), "87654321"} {
		if screen := term.Screen(); strings.Contains(screen, secret) {
			t.Errorf("a PIN is on the screen:\n%s", screen)
		}
	}
	if err := b.store().ChangePIN(t.Context(), []byte("87654321"), pin); err != nil {
		t.Error(err)
	}
}
