//go:build yubikey

package token_test

import (
	"bytes"
	"context"
	"math/rand/v2"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"trustdeck/e2e/card"
	"trustdeck/model"
)

// Whatever a token answers, it is read to an end, or refused, and neither costs it a try. Each
// forgery spares the commands by which the token is known for a YubiKey.
func TestHostileAnswers(t *testing.T) { eachOnRequest(t, testHostileAnswers) }

func testHostileAnswers(t *testing.T, k kind) {
	const selects, version, serial, config = 0xa4, 0xfd, 0xf8, 0x1d
	random := rand.New(rand.NewPCG(1, 2))
	for name, forge := range map[string]func(answer []byte) []byte{
		"more without end":      func([]byte) []byte { return []byte{0x61, 0xff} },
		"data without end":      func([]byte) []byte { return append(make([]byte, 256), 0x61, 0xff) },
		"cut off":               func(answer []byte) []byte { return answer[:1] },
		"a huge length":         func([]byte) []byte { return []byte{0x53, 0x83, 0xff, 0xff, 0xff, 0x90, 0x00} },
		"nested":                func([]byte) []byte { return append(bytes.Repeat([]byte{0x53, 0x7f}, 60), 0x90, 0x00) },
		"success without data":  func([]byte) []byte { return []byte{0x90, 0x00} },
		"another status":        func([]byte) []byte { return []byte{0x6f, 0x00} },
		"escapes of a terminal": func([]byte) []byte { return append([]byte("\x1b]0;owned\x07"), 0x90, 0x00) },
		"chance": func([]byte) []byte {
			var b []byte
			for range random.IntN(200) {
				b = append(b, byte(random.Uint32()))
			}
			return append(b, 0x90, 0x00)
		},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, k)
			forging := false
			c := b.newCard(card.Config{Firmware: card.V571, Serial: first, Forge: func(cmd card.Command, answer []byte) []byte {
				switch cmd.Instruction {
				case selects, version, serial, config:
					return answer
				}
				if !forging {
					return answer
				}
				return forge(answer)
			}})
			b.put(c, 0)
			made, err := b.store().MakeKey(t.Context(), untouchedKey(), open(), nil)
			if err != nil {
				t.Fatal(err)
			}
			c.Remove()
			b.until(func() bool { found, _ := b.tokens.Tokens(t.Context()); return len(found) == 0 })
			forging = true
			if err := c.Insert(b.service.Reader(0)); err != nil {
				t.Fatal(err)
			}
			b.until(func() bool { found, _ := b.tokens.Tokens(t.Context()); return len(found) == 1 })
			sent, begin := c.PINsSent(), time.Now()
			if found, fault := b.tokens.Tokens(t.Context()); fault != nil || found[0].Serial != strconv.Itoa(first) {
				t.Errorf("tokens %+v, %v", found, fault)
			}
			if _, err := b.store().Unlock(t.Context(), b.store().ID(made.SPKI), pin); err == nil {
				t.Error("unlocked")
			}
			if _, _, err := b.tokens.Attest(t.Context(), strconv.Itoa(first), "9c"); err == nil {
				t.Error("attested")
			}
			if took := time.Since(begin); took > 10*time.Second || c.PINsSent() != sent {
				t.Errorf("took %v, sent %d PINs", took, c.PINsSent()-sent)
			}
		})
	}
}

// A token that answers nothing keeps nobody waiting who has lost patience.
func TestSilent(t *testing.T) { eachOnRequest(t, testSilent) }

func testSilent(t *testing.T, k kind) {
	b := newBench(t, k)
	silent := make(chan struct{})
	var quiet atomic.Bool
	c := b.insert(0, card.Config{Firmware: card.V571, Serial: first, Forge: func(_ card.Command, answer []byte) []byte {
		if quiet.Load() {
			<-silent
		}
		return answer
	}})
	b.insert(1, card.Config{Firmware: card.V543, Serial: second})
	quiet.Store(true)
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	begin := time.Now()
	_, fault := b.tokens.Tokens(ctx)
	if fault == nil || fault.Kind != model.FaultCanceled || time.Since(begin) > 10*time.Second {
		t.Errorf("%v after %v", fault, time.Since(begin))
	}
	quiet.Store(false)
	close(silent)
	c.Remove()
	b.put(c, 0)
}
