//go:build yubikey

package token_test

import (
	"context"
	"strconv"
	"strings"
	"testing"
	"time"

	"trustdeck/e2e/card"
	"trustdeck/e2e/peer"
	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/dialect"
	"trustdeck/model/health"
	"trustdeck/model/notary/docker"
	"trustdeck/model/port"
)

// A token says what it is, and what its firmware tells of its secrets, without a try being spent.
func TestDetected(t *testing.T) { each(t, testDetected) }

func testDetected(t *testing.T, k kind) {
	for _, c := range []struct {
		firmware      card.Version
		product, form string
		pin, puk      model.TokenSecret
		management    model.ManagementKey
	}{
		{card.V435, "YubiKey 4", "", model.TokenSecret{TriesLeft: 3, Tries: -1}, model.TokenSecret{TriesLeft: -1, Tries: -1}, model.ManagementKey{Algorithm: "3DES"}},
		{card.V543, "YubiKey 5", "USB-C keychain", model.TokenSecret{TriesLeft: 3, Tries: 3, Default: model.Yes}, model.TokenSecret{TriesLeft: 3, Tries: 3, Default: model.Yes}, model.ManagementKey{Algorithm: "3DES", Default: model.Yes}},
		{card.V571, "YubiKey 5", "USB-C keychain", model.TokenSecret{TriesLeft: 3, Tries: 3, Default: model.Yes}, model.TokenSecret{TriesLeft: 3, Tries: 3, Default: model.Yes}, model.ManagementKey{Algorithm: "AES-192", Default: model.Yes}},
	} {
		if !k.has(c.firmware) {
			continue
		}
		t.Run(c.firmware.String(), func(t *testing.T) {
			b := newBench(t, k)
			made := b.insert(0, card.Config{Firmware: c.firmware, Serial: first})
			got := b.only()
			if got.Serial != "8675309" || got.Product != c.product || got.Form != c.form || got.Firmware != c.firmware.String() {
				t.Errorf("token %+v", got)
			}
			if got.PIN != c.pin || got.PUK != c.puk || got.Management != c.management || len(got.Slots) != 0 {
				t.Errorf("token %+v", got)
			}
			if made.PINsSent() != 0 || made.Blinks() != 0 {
				t.Errorf("PINs sent: %d, touches: %d", made.PINsSent(), made.Blinks())
			}
		})
	}
}

// Where nothing is found, the reason and what helps are said.
func TestNothingFound(t *testing.T) {
	b := newBench(t, kinds[0])
	_, fault := b.tokens.Tokens(t.Context())
	b.fails(fault, model.FaultUnreachable, "no YubiKey is plugged in; smart card readers without one: 2")
	if _, err := b.store().Keys(t.Context()); err == nil {
		t.Error("listed keys of no token")
	} else {
		b.fails(err, model.FaultUnreachable, "YubiKey 8675309: isn't plugged in")
	}
	empty := peer.CardsWithoutReaders(t)
	peer.LendCards(t, empty)
	_, fault = b.tokens.Tokens(t.Context())
	b.fails(fault, model.FaultUnreachable, "no YubiKey is plugged in")
	if strings.Contains(fault.Text, "readers") {
		t.Errorf("there are readers: %v", fault)
	}
	empty.Stop()
	_, fault = b.tokens.Tokens(t.Context())
	b.fails(fault, model.FaultLocal, "the smart card service isn't running")
	peer.LendCards(t, nil)
	_, fault = b.tokens.Tokens(t.Context())
	b.fails(fault, model.FaultLocal, "the smart card service isn't running")
}

// Whoever watches is told of every token that comes or goes, within a second, and of the service.
func TestWatch(t *testing.T) { eachOnRequest(t, testWatch) }

func testWatch(t *testing.T, k kind) {
	b := newBench(t, k)
	ctx, cancel := context.WithCancel(t.Context())
	changes := b.tokens.Watch(ctx)
	also := b.tokens.Watch(ctx)
	serials := func() string {
		found, _ := b.tokens.Tokens(t.Context())
		out := ""
		for _, k := range found {
			out += k.Serial + " "
		}
		return out
	}
	expect := func(what, want string) {
		t.Helper()
		begin := time.Now()
		for serials() != want {
			select {
			case <-changes:
			case <-time.After(5 * time.Second):
				t.Fatalf("%s: not told; there is %q", what, serials())
			}
		}
		if took := time.Since(begin); took > time.Second {
			t.Errorf("%s: told after %v", what, took)
		}
		told(t, also, 5*time.Second)
	}
	one := b.newCard(card.Config{Firmware: card.V543, Serial: first})
	two := b.newCard(card.Config{Firmware: card.V571, Serial: second})
	put := func(c peer.Card, reader int) {
		t.Helper()
		if err := c.Insert(b.service.Reader(reader)); err != nil {
			t.Fatal(err)
		}
	}
	expect("nothing", "")
	put(one, 0)
	expect("inserted", "8675309 ")
	put(two, 1)
	expect("a second one", "8675309 7654321 ")
	one.Remove()
	expect("removed", "7654321 ")
	two.Remove()
	expect("removed too", "")
	put(two, 0)
	expect("swapped", "7654321 ")
	two.Remove()
	expect("removed again", "")
	// The service ends, and another one begins.
	b.service.Stop()
	told(t, changes, time.Second)
	peer.LendCards(t, peer.Cards(t))
	told(t, changes, 10*time.Second)
	cancel()
	for range changes { // until it is closed
	}
	for range also {
	}
}

func told(t *testing.T, changes <-chan struct{}, limit time.Duration) {
	t.Helper()
	select {
	case <-changes:
	case <-time.After(limit):
		t.Errorf("not told within %v", limit)
	}
}

// In idle a watcher does nothing: the service hears nothing from it.
func TestWatchIdle(t *testing.T) { eachOnRequest(t, testWatchIdle) }

func testWatchIdle(t *testing.T, k kind) {
	b := newBench(t, k)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	made := b.insert(0, card.Config{Firmware: card.V543, Serial: first})
	changes := b.tokens.Watch(ctx)
	<-changes
	seen := made.CommandCount()
	select {
	case <-changes:
		t.Error("told of something")
	case <-time.After(2 * time.Second):
	}
	if made.CommandCount() != seen {
		t.Error("the token was asked something")
	}
}

// All tokens together are one store, whose keys name their tokens.
func TestGroup(t *testing.T) { each(t, testGroup) }

func testGroup(t *testing.T, k kind) {
	b := newBench(t, k)
	all := port.KeyStores{b.tokens.KeyStore()}
	if keys, err := all.Keys(t.Context()); err != nil || len(keys) != 0 {
		t.Errorf("no token: %v, %v", keys, err)
	}
	b.insert(0, card.Config{Firmware: card.V543, Serial: first})
	two := b.insert(1, card.Config{Firmware: card.V571, Serial: second})
	made, err := b.tokens.Store(strconv.Itoa(second)).MakeKey(t.Context(), untouchedKey(), open(), nil)
	if err != nil {
		t.Fatal(err)
	}
	keys, err := all.Keys(t.Context())
	if err != nil || len(keys) != 1 || keys[0].Store != "YubiKey 7654321" || all.Of(keys[0]).Name() != "YubiKey 7654321" {
		t.Fatalf("keys %+v, %v", keys, err)
	}
	if _, err := all.Of(keys[0]).Unlock(t.Context(), keys[0].ID, pin); err != nil {
		t.Error(err)
	}
	if _, err := all[0].Unlock(t.Context(), keys[0].ID, pin); err != nil {
		t.Error(err)
	}
	b.fails(all.Remove(t.Context(), keys...), model.FaultUsage, "YubiKey 7654321, slot 9c: was not removed")
	two.Remove()
	b.until(func() bool { keys, err := all.Keys(t.Context()); return err == nil && len(keys) == 0 })
	_, err = all[0].Unlock(t.Context(), b.store().ID(made.SPKI), pin)
	b.fails(err, model.FaultUnreachable, "is on none of the YubiKeys that are plugged in")
}

// Several tokens are told apart by their serial numbers, wherever they are plugged in.
func TestSeveral(t *testing.T) { each(t, testSeveral) }

func testSeveral(t *testing.T, k kind) {
	b := newBench(t, k)
	one := b.insert(0, card.Config{Firmware: card.V543, Serial: first})
	two := b.insert(1, card.Config{Firmware: card.V571, Serial: second})
	made, err := b.tokens.Store(strconv.Itoa(second)).MakeKey(t.Context(), untouchedKey(), open(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if keys, err := b.store().Keys(t.Context()); err != nil || len(keys) != 0 {
		t.Errorf("keys on the other token: %v, %v", keys, err)
	}
	// The wrong one: it is named, and so are those that are there.
	two.Remove()
	b.until(func() bool { found, _ := b.tokens.Tokens(t.Context()); return len(found) == 1 })
	other := b.tokens.Store(strconv.Itoa(second))
	_, err = other.Unlock(t.Context(), other.ID(made.SPKI), pin)
	b.fails(err, model.FaultUnreachable, "YubiKey 7654321: isn't plugged in; plugged in: YubiKey 8675309")
	if one.PINsSent() != 0 {
		t.Error("a PIN was sent to the wrong token")
	}
	// Swapped into the other reader, it is found again.
	one.Remove()
	b.put(two, 0)
	if _, err = other.Unlock(t.Context(), other.ID(made.SPKI), pin); err != nil {
		t.Error(err)
	}
	// Two that show the same number can't be told apart.
	twin := b.insert(1, card.Config{Firmware: card.V543, Serial: second})
	_, err = other.Unlock(t.Context(), other.ID(made.SPKI), pin)
	b.fails(err, model.FaultUnreachable, "several tokens with this serial number are plugged in")
	if twin.PINsSent() != 0 {
		t.Error("a PIN was sent to the twin")
	}
}

// One look serves what asks for tokens, keys and their uses together; another look sees what has
// changed since.
func TestOneReading(t *testing.T) { each(t, testOneReading) }

func testOneReading(t *testing.T, k kind) {
	b := newBench(t, k)
	c := b.insert(0, card.Config{Firmware: card.V571, Serial: first})
	c.KeepTouching(true)
	b.rootIn("9c", false)
	before := c.CommandCount()
	b.only()
	one := c.CommandCount() - before
	service := &admin.Service{
		DialectOf: dialect.Only(docker.Dialect{}), Plugged: b.tokens, Stores: port.KeyStores{b.tokens.KeyStore()}, Clock: time.Now, Health: health.DefaultOptions(),
	}
	before = c.CommandCount()
	ctx := port.OneReading(t.Context())
	found, fault := service.Tokens(ctx, nil)
	keys, err := service.Keys(ctx, nil)
	if fault != nil || err != nil || len(found) != 1 || len(found[0].Slots) != 1 || len(keys) != 1 {
		t.Fatalf("%+v, %v, %+v, %v", found, fault, keys, err)
	}
	if sent := c.CommandCount() - before; sent != one {
		t.Errorf("%d commands were sent, and one look takes %d", sent, one)
	}
	b.rootIn("9a", true)
	if found, _ := service.Tokens(port.OneReading(t.Context()), nil); len(found[0].Slots) != 2 {
		t.Errorf("the next look sees %+v", found[0].Slots)
	}
}
