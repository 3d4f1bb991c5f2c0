//go:build yubikey

package token_test

import (
	"testing"

	"trustdeck/e2e/card"
	"trustdeck/model"
	"trustdeck/model/port"
)

// Wrong PINs are counted, none is tried twice, the last try is spent only when that is allowed,
// and a blocked PIN says whether for ever.
func TestWrongPIN(t *testing.T) { each(t, testWrongPIN) }

func testWrongPIN(t *testing.T, k kind) {
	for _, firmware := range k.firmwares {
		t.Run(firmware.String(), func(t *testing.T) {
			b := newBench(t, k)
			c := b.insert(0, card.Config{Firmware: firmware, Serial: first})
			made, err := b.store().MakeKey(t.Context(), untouchedKey(), open(), nil)
			if err != nil {
				t.Fatal(err)
			}
			id := b.store().ID(made.SPKI)
			unlock := func(pin string) error {
				_, err := b.store().Unlock(t.Context(), id, []byte(pin))
				return err
			}
			sent := c.PINsSent()
			b.refuses(unlock("12345"), 3, true, "a PIN has 6 to 8 characters; this one wasn't tried")
			b.refuses(unlock("867530989"), 3, true, "wasn't tried")
			b.refuses(unlock("111111"), 2, false, "wrong PIN")
			b.refuses(unlock("111111"), 2, true, "the same wrong PIN as before")
			b.refuses(unlock("222222"), 1, false, "wrong PIN")
			b.refuses(unlock("333333"), 1, true, "one try is left, and it wasn't spent")
			b.refuses(unlock(string(pin)), 1, true, "one try is left, and it wasn't spent")
			if n := c.PINsSent() - sent; n != 2 {
				t.Errorf("sent %d PINs, want 2", n)
			}
			// The right one, with leave to spend the last try, brings all tries back.
			if _, err := b.store().Unlock(port.SpendLastTry(t.Context()), id, pin); err != nil {
				t.Fatal(err)
			}
			if left, _ := c.Tries(); left != 3 {
				t.Errorf("%d tries left", left)
			}
			b.refuses(unlock("111111"), 2, false, "wrong PIN")
			b.refuses(unlock("222222"), 1, false, "wrong PIN")
			_, err = b.store().Unlock(port.SpendLastTry(t.Context()), id, []byte("333333"))
			b.refuses(err, 0, false, "the PIN is blocked")
			sent = c.PINsSent()
			b.refuses(unlock(string(pin)), 0, true, "the PIN is blocked")
			if c.PINsSent() != sent {
				t.Error("a blocked token was sent a PIN")
			}
			if got := b.only().PIN; got.TriesLeft != 0 {
				t.Errorf("PIN %+v", got)
			}
			blockPUK(b)
			if firmware == card.V435 {
				b.refuses(unlock(string(pin)), 0, true, "the PIN is blocked")
				return
			}
			b.refuses(unlock(string(pin)), 0, true, "the keys on this token can never be used again")
		})
	}
}

// blockPUK spends the tries of the PUK.
func blockPUK(b *bench) {
	b.Helper()
	tool := b.service.Program(b, "yubico-piv-tool")
	for range 3 {
		tool.Try("-a", "unblock-pin", "-P", "00000000", "-N", "654321")
	}
}

// A changed PIN is taken, and the old one isn't. A new one that no token takes costs no try.
func TestChangePIN(t *testing.T) { each(t, testChangePIN) }

func testChangePIN(t *testing.T, k kind) {
	for _, firmware := range k.firmwares {
		t.Run(firmware.String(), func(t *testing.T) {
			b := newBench(t, k)
			c := b.insert(0, card.Config{Firmware: firmware, Serial: first})
			fresh := []byte("87654321")
			b.fails(b.store().ChangePIN(t.Context(), pin, []byte("12345")), model.FaultUsage, "a PIN has 6 to 8 characters")
			b.refuses(b.store().ChangePIN(t.Context(), []byte("000000"), fresh), 2, false, "wrong PIN")
			b.refuses(b.store().ChangePIN(t.Context(), []byte("000000"), fresh), 2, true, "the same wrong PIN")
			if err := b.store().ChangePIN(t.Context(), pin, fresh); err != nil {
				t.Fatal(err)
			}
			if firmware != card.V435 {
				if got := b.only().PIN; got.Default != model.No || got.TriesLeft != 3 {
					t.Errorf("PIN %+v", got)
				}
			}
			// What was refused before may have become the right one.
			if err := b.store().ChangePIN(t.Context(), fresh, []byte("000000")); err != nil {
				t.Fatal(err)
			}
			if err := b.store().ChangePIN(t.Context(), []byte("000000"), pin); err != nil {
				t.Fatal(err)
			}
			if left, _ := c.Tries(); left != 3 {
				t.Errorf("%d tries left", left)
			}
		})
	}
}

// A token that wants PINs to be complex says so of a new one that isn't.
func TestSimplePIN(t *testing.T) { each(t, testSimplePIN) }

func testSimplePIN(t *testing.T, k kind) {
	b := newBench(t, k)
	const changeReference = 0x24
	c := b.insert(0, card.Config{Firmware: card.V571, Serial: first, Forge: func(cmd card.Command, answer []byte) []byte {
		if cmd.Instruction == changeReference {
			return []byte{0x69, 0x85}
		}
		return answer
	}})
	b.fails(b.store().ChangePIN(t.Context(), pin, []byte("111111")), model.FaultUsage, "the token refuses the new PIN as too simple")
	if left, _ := c.Tries(); left != 3 {
		t.Errorf("%d tries left", left)
	}
}

// A PIN that was changed elsewhere costs one try, however often its key is asked to sign.
func TestPINChangedMeanwhile(t *testing.T) { each(t, testPINChangedMeanwhile) }

func testPINChangedMeanwhile(t *testing.T, k kind) {
	b := newBench(t, k)
	c := b.insert(0, card.Config{Firmware: card.V543, Serial: first})
	made, err := b.store().MakeKey(t.Context(), untouchedKey(), open(), nil)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := b.store().Unlock(t.Context(), b.store().ID(made.SPKI), pin)
	if err != nil {
		t.Fatal(err)
	}
	b.service.Program(t, "yubico-piv-tool").Run(t, "-a", "change-pin", "-P", string(pin), "-N", "654321")
	for range 3 {
		_, err = sign(signer)
		b.refuses(err, 2, false, "wrong PIN")
	}
	if left, _ := c.Tries(); left != 2 {
		t.Errorf("%d tries left", left)
	}
}
