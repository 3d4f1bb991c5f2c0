//go:build yubikey

package token_test

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"trustdeck/e2e/card"
	"trustdeck/e2e/peer"
	"trustdeck/model"
	"trustdeck/model/port"
)

// message is what is signed.
var message = []byte("what the root role says")

func sign(signer port.Signer) ([]byte, error) {
	var opts crypto.SignerOpts = crypto.SHA256
	switch signer.Public().(type) {
	case ed25519.PublicKey:
		opts = crypto.Hash(0)
	case *rsa.PublicKey:
		opts = &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: crypto.SHA256}
	}
	return signer.SignMessage(rand.Reader, message, opts)
}

func verifies(public crypto.PublicKey, signature []byte) bool {
	digest := sha256.Sum256(message)
	switch public := public.(type) {
	case *ecdsa.PublicKey:
		return ecdsa.VerifyASN1(public, digest[:], signature)
	case ed25519.PublicKey:
		return ed25519.Verify(public, message, signature)
	case *rsa.PublicKey:
		return rsa.VerifyPSS(public, crypto.SHA256, digest[:], signature, nil) == nil
	default:
		return false
	}
}

// notices writes down what it is told.
type notices struct {
	mu   sync.Mutex
	told []bool
}

func (n *notices) tell(waiting bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.told = append(n.told, waiting)
}

func (n *notices) are(want ...bool) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.Equal(n.told, want)
}

// A key signs with every policy, and a touch is announced when one is due, and only then.
func TestSign(t *testing.T) { each(t, testSign) }

func testSign(t *testing.T, k kind) {
	for _, firmware := range k.firmwares {
		t.Run(firmware.String(), func(t *testing.T) {
			b := newBench(t, k)
			c := b.insert(0, card.Config{Firmware: firmware, Serial: first})
			c.KeepTouching(true)
			for _, p := range []model.UsePolicy{model.PolicyNever, model.PolicyOnce, model.PolicyAlways} {
				for _, touch := range []model.UsePolicy{model.PolicyNever, model.PolicyAlways} {
					var making notices
					key := port.TokenKey{Slot: "9d", Subject: "targets", PIN: p, Touch: touch, Replace: true}
					made, err := b.store().MakeKey(t.Context(), key, open(), making.tell)
					if err != nil {
						t.Fatalf("PIN %d, touch %d: %v", p, touch, err)
					}
					signer, err := b.store().Unlock(t.Context(), b.store().ID(made.SPKI), pin)
					if err != nil {
						t.Fatal(err)
					}
					var signing notices
					signer.(port.Touchable).OnTouch(signing.tell)
					for range 2 {
						signature, err := sign(signer)
						if err != nil || !verifies(signer.Public(), signature) {
							t.Errorf("PIN %d, touch %d: %v", p, touch, err)
						}
					}
					if touch == model.PolicyNever && (!making.are() || !signing.are()) ||
						touch == model.PolicyAlways && (!making.are(true, false) || !signing.are(true, false, true, false)) {
						t.Errorf("touch %d: told %v and %v", touch, making.told, signing.told)
					}
					if err := signer.Close(); err != nil {
						t.Error(err)
					}
					if _, err := sign(signer); err == nil {
						t.Error("signed with a key that was locked")
					}
				}
			}
		})
	}
}

// Keys of every kind that a dialect uses, where the firmware has them.
func TestAlgorithms(t *testing.T) { each(t, testAlgorithms) }

func testAlgorithms(t *testing.T, k kind) {
	for _, firmware := range k.firmwares {
		t.Run(firmware.String(), func(t *testing.T) {
			b := newBench(t, k)
			b.insert(0, card.Config{Firmware: firmware, Serial: first})
			for _, algorithm := range []model.Algorithm{model.ECDSAP256, model.ECDSAP384, model.Ed25519, model.RSA3072} {
				key := port.TokenKey{Slot: "82", Subject: "root", Algorithm: algorithm, Touch: model.PolicyNever, Replace: true}
				made, err := b.store().MakeKey(t.Context(), key, open(), nil)
				if firmware != card.V571 && (algorithm == model.Ed25519 || algorithm == model.RSA3072) {
					b.fails(err, model.FaultUsage, "5.7 is the first that does")
					continue
				}
				if err != nil {
					t.Fatal(err)
				}
				if made.Algorithm != algorithm.String() || b.slot("82").Algorithm != algorithm.String() {
					t.Errorf("algorithm %q", made.Algorithm)
				}
				signer, err := b.store().Unlock(t.Context(), b.store().ID(made.SPKI), pin)
				if err != nil {
					t.Fatal(err)
				}
				if signature, err := sign(signer); err != nil || !verifies(signer.Public(), signature) {
					t.Errorf("%s: %v", algorithm, err)
				}
			}
		})
	}
}

// A message that is too long for a token to sign whole is refused with the way out. A hash never is.
func TestLongMessage(t *testing.T) { each(t, testLongMessage) }

func testLongMessage(t *testing.T, k kind) {
	b := newBench(t, k)
	b.insert(0, card.Config{Firmware: card.V571, Serial: first})
	for algorithm, opts := range map[model.Algorithm]crypto.SignerOpts{model.Ed25519: crypto.Hash(0), model.ECDSAP256: crypto.SHA256} {
		key := port.TokenKey{Slot: "9c", Subject: "targets", Algorithm: algorithm, Touch: model.PolicyNever, Replace: true}
		made, err := b.store().MakeKey(t.Context(), key, open(), nil)
		if err != nil {
			t.Fatal(err)
		}
		signer, err := b.store().Unlock(t.Context(), b.store().ID(made.SPKI), pin)
		if err != nil {
			t.Fatal(err)
		}
		for _, length := range []int{2048, 4096} {
			_, err := signer.SignMessage(rand.Reader, make([]byte, length), opts)
			if algorithm == model.Ed25519 && length == 4096 {
				b.fails(err, model.FaultUsage, "refused to sign 4096 bytes")
			} else if err != nil {
				t.Errorf("%s, %d bytes: %v", algorithm, length, err)
			}
		}
	}
}

// blinks waits until the card waits to be touched.
func (b *bench) blinks(c peer.Card) {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.Context(), 20*time.Second)
	defer cancel()
	if err := c.AwaitBlink(ctx); err != nil {
		b.Fatal("the card doesn't wait to be touched")
	}
}

// touchKey is a key in slot 9c that wants a touch for each signature, unlocked.
func (b *bench) touchKey(c peer.Card) port.Signer {
	b.Helper()
	c.KeepTouching(true)
	made, err := b.store().MakeKey(b.Context(), rootKey(), open(), nil)
	if err != nil {
		b.Fatal(err)
	}
	c.KeepTouching(false)
	signer, err := b.store().Unlock(b.Context(), b.store().ID(made.SPKI), pin)
	if err != nil {
		b.Fatal(err)
	}
	return signer
}

// A signature waits for the touch. Without it, or where the token is pulled out meanwhile, it
// fails with a way out, and the next one succeeds.
func TestTouch(t *testing.T) { each(t, testTouch) }

func testTouch(t *testing.T, k kind) {
	for _, firmware := range k.firmwares {
		t.Run(firmware.String(), func(t *testing.T) {
			b := newBench(t, k)
			c := b.insert(0, card.Config{Firmware: firmware, Serial: first, TouchLimit: 2 * time.Second})
			signer := b.touchKey(c)
			type result struct {
				signature []byte
				err       error
			}
			done := make(chan result, 1)
			begin := func() {
				go func() {
					signature, err := sign(signer)
					done <- result{signature, err}
				}()
				b.blinks(c)
			}
			begin()
			if !c.Touch() {
				t.Fatal("the card didn't wait")
			}
			if r := <-done; r.err != nil || !verifies(signer.Public(), r.signature) {
				t.Errorf("touched: %v", r.err)
			}
			begin()
			b.fails((<-done).err, model.FaultUnreachable, "YubiKey 8675309: wasn't touched in time")
			begin()
			c.Remove()
			b.fails((<-done).err, model.FaultUnreachable, "YubiKey 8675309: was removed before it had answered")
			_, err := sign(signer)
			b.fails(err, model.FaultUnreachable, "YubiKey 8675309: isn't plugged in")
			b.put(c, 0)
			begin()
			c.Touch()
			if r := <-done; r.err != nil || !verifies(signer.Public(), r.signature) {
				t.Errorf("plugged in again: %v", r.err)
			}
			if pin, _ := c.Tries(); pin != 3 {
				t.Errorf("%d tries left", pin)
			}
		})
	}
}

// A touch that holds for a while is announced only where the token really waits.
func TestCachedTouch(t *testing.T) { each(t, testCachedTouch) }

func testCachedTouch(t *testing.T, k kind) {
	b := newBench(t, k)
	c := b.insert(0, card.Config{Firmware: card.V543, Serial: first})
	c.KeepTouching(true)
	key := port.TokenKey{Slot: "9c", Subject: "root", Touch: model.PolicyCached}
	made, err := b.store().MakeKey(t.Context(), key, open(), nil)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := b.store().Unlock(t.Context(), b.store().ID(made.SPKI), pin)
	if err != nil {
		t.Fatal(err)
	}
	var n notices
	signer.(port.Touchable).OnTouch(n.tell)
	if _, err := sign(signer); err != nil || !n.are() {
		t.Errorf("told %v, %v", n.told, err)
	}
}

// Where the token doesn't tell its policy, it is announced as soon as it can only be waiting.
func TestUnknownTouch(t *testing.T) {
	b := newBench(t, kinds[0]) // the one that can have such firmware
	c := b.insert(0, card.Config{Firmware: card.V435, Serial: first, TouchLimit: 20 * time.Second})
	_, der := newPrivate(t)
	held, err := b.store().ImportKey(t.Context(), rootKey(), der, open(), nil)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := b.store().Unlock(t.Context(), b.store().ID(held.SPKI), pin)
	if err != nil {
		t.Fatal(err)
	}
	waiting := make(chan bool, 4)
	signer.(port.Touchable).OnTouch(func(yes bool) { waiting <- yes })
	done := make(chan error, 1)
	go func() {
		_, err := sign(signer)
		done <- err
	}()
	select {
	case yes := <-waiting:
		if !yes || !c.Touch() {
			t.Error("told that no touch is due")
		}
	case <-time.After(10 * time.Second):
		t.Fatal("not told that a touch is due")
	}
	if err := <-done; err != nil || <-waiting {
		t.Errorf("touched: %v", err)
	}
}

// While another program has the token to itself, it is busy, and nothing is sent to it.
func TestBusy(t *testing.T) { eachOnRequest(t, testBusy) }

func testBusy(t *testing.T, k kind) {
	b := newBench(t, k)
	c := b.insert(0, card.Config{Firmware: card.V543, Serial: first, TouchLimit: 20 * time.Second})
	signer := b.touchKey(c)
	done := make(chan error, 1)
	go func() {
		_, err := sign(signer)
		done <- err
	}()
	b.blinks(c)
	// Another program, which does not know of this one.
	tool := b.service.Program(t, "yubico-piv-tool").Try("-a", "status")
	if tool.Code == 0 {
		t.Errorf("the token isn't held: %s", tool.Stdout)
	}
	c.Touch()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	b.service.Program(t, "yubico-piv-tool").Run(t, "-a", "status")

	holder := b.occupy()
	found, fault := b.tokens.Tokens(t.Context())
	if fault != nil || len(found) != 1 {
		t.Fatalf("tokens %+v, %v", found, fault)
	}
	b.fails(found[0].Fault, model.FaultUnreachable, "another program is using it")
	sent := c.CommandCount()
	_, err := sign(signer)
	b.fails(err, model.FaultUnreachable, "another program is using it")
	if !strings.Contains(model.HintOf(err), "Close that program") || c.CommandCount() != sent {
		t.Errorf("hint %q", model.HintOf(err))
	}
	holder()
	c.KeepTouching(true)
	if _, err := sign(signer); err != nil {
		t.Error(err)
	}
}

// A token that another program holds delays no other one, and is listed as a store's key that can't
// be read.
func TestBusyBeside(t *testing.T) { eachOnRequest(t, testBusyBeside) }

func testBusyBeside(t *testing.T, k kind) {
	b := newBench(t, k)
	b.insert(0, card.Config{Firmware: card.V543, Serial: first})
	release := b.occupy()
	defer release()
	b.insert(1, card.Config{Firmware: card.V571, Serial: second})
	made, err := b.tokens.Store("7654321").MakeKey(t.Context(), untouchedKey(), open(), nil)
	if err != nil {
		t.Fatal(err)
	}
	keys, err := port.KeyStores{b.tokens.KeyStore()}.Keys(t.Context())
	if err != nil || len(keys) != 2 || keys[0].Fault == nil || keys[0].ID != "" || keys[1].ID != b.store().ID(made.SPKI) {
		t.Errorf("keys %+v, %v", keys, err)
	}
}

// Everything at once: signatures, looks and a watcher take turns, and none fails.
func TestAtOnce(t *testing.T) { eachOnRequest(t, testAtOnce) }

func testAtOnce(t *testing.T, k kind) {
	b := newBench(t, k)
	b.insert(0, card.Config{Firmware: card.V543, Serial: first})
	b.insert(1, card.Config{Firmware: card.V571, Serial: second})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go func() {
		for range b.tokens.Watch(ctx) {
		}
	}()
	var wait sync.WaitGroup
	for _, serial := range []string{"8675309", "7654321"} {
		store := b.tokens.Store(serial)
		made, err := store.MakeKey(t.Context(), untouchedKey(), open(), nil)
		if err != nil {
			t.Fatal(err)
		}
		signer, err := store.Unlock(t.Context(), store.ID(made.SPKI), pin)
		if err != nil {
			t.Fatal(err)
		}
		for range 2 {
			wait.Go(func() {
				for range 5 {
					if signature, err := sign(signer); err != nil || !verifies(signer.Public(), signature) {
						t.Errorf("%s: %v", serial, err)
					}
				}
			})
		}
	}
	wait.Go(func() {
		for range 10 {
			found, fault := b.tokens.Tokens(t.Context())
			if fault != nil || len(found) != 2 || found[0].Fault != nil || found[1].Fault != nil {
				t.Errorf("tokens %+v, %v", found, fault)
			}
		}
	})
	wait.Wait()
}
