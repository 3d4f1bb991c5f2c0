package practice

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"strings"
	"testing"
	"time"

	"trustdeck/model"
	"trustdeck/model/attest"
	"trustdeck/model/port"
)

const pin = "practice"

func newToken(t *testing.T) (*Token, ed25519.PrivateKey) {
	t.Helper()
	_, first, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	second, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	token, err := New(Config{
		Serial: "1234567", PIN: pin, Patience: time.Minute,
		Keys: []Key{{Slot: "9c", Label: "root", Private: second}, {Slot: "9a", Label: "tools", Private: first, Certified: true}},
		ID: func(public crypto.PublicKey) (model.KeyID, error) {
			der, err := x509.MarshalPKIXPublicKey(public)
			sum := sha256.Sum256(der)
			return model.KeyID(hex.EncodeToString(sum[:])), err
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return token, first
}

// open unlocks the first key.
func open(t *testing.T, token *Token, key crypto.Signer) port.Signer {
	t.Helper()
	signer, err := token.Unlock(t.Context(), token.ID(spkiOf(key)), []byte(pin))
	if err != nil {
		t.Fatal(err)
	}
	return signer
}

// untilWaiting waits until the token wants a touch.
func untilWaiting(t *testing.T, token *Token, events <-chan struct{}) {
	t.Helper()
	for !token.Waiting() {
		select {
		case <-events:
		case <-time.After(20 * time.Second):
			t.Fatal("it asks for no touch")
		}
	}
}

// It lists what is on it, and its keys sign once it is touched.
func TestSign(t *testing.T) {
	token, key := newToken(t)
	keys, err := token.Keys(t.Context())
	if err != nil || len(keys) != 2 || keys[1].Place != model.PlaceToken || keys[1].Path != "YubiKey 1234567, slot 9a" || keys[1].Algorithm != "Ed25519" || !keys[1].Encrypted {
		t.Fatalf("%+v, %v", keys, err)
	}
	signer := open(t, token, key)
	if token.Touch() {
		t.Error("a touch that nobody asked for counts")
	}
	events := token.Watch(t.Context())
	type result struct {
		signature []byte
		err       error
	}
	done := make(chan result)
	go func() {
		signature, err := crypto.SignMessage(signer, nil, []byte("message"), crypto.Hash(0))
		done <- result{signature, err}
	}()
	untilWaiting(t, token, events)
	if !token.Touch() {
		t.Error("the touch doesn't count")
	}
	r := <-done
	if r.err != nil || !ed25519.Verify(key.Public().(ed25519.PublicKey), []byte("message"), r.signature) {
		t.Errorf("%x, %v", r.signature, r.err)
	}
	if err := signer.Close(); err != nil {
		t.Error(err)
	}
	if _, err := signer.SignMessage(nil, nil, crypto.Hash(0)); err == nil {
		t.Error("a closed key signs")
	}
}

// Without a touch, and when it is pulled out meanwhile, nothing is signed.
func TestNoTouch(t *testing.T) {
	token, key := newToken(t)
	signer := open(t, token, key)
	token.config.Patience = time.Millisecond
	if _, err := signer.SignMessage(nil, nil, crypto.Hash(0)); err == nil || !strings.Contains(err.Error(), "not touched in time") {
		t.Error(err)
	}
	token.config.Patience = time.Minute
	events := token.Watch(t.Context())
	done := make(chan error)
	go func() {
		_, err := signer.SignMessage(nil, nil, crypto.Hash(0))
		done <- err
	}()
	untilWaiting(t, token, events)
	if token.Move() {
		t.Error("it is still plugged in")
	}
	if err := <-done; err == nil || !strings.Contains(err.Error(), "it was pulled out") {
		t.Error(err)
	}
	if _, err := signer.SignMessage(nil, nil, crypto.Hash(0)); err == nil || !strings.Contains(err.Error(), "not plugged in") {
		t.Error(err)
	}
}

// It can be made to need no hand.
func TestTouchItself(t *testing.T) {
	token, key := newToken(t)
	token.TouchItself()
	if _, err := open(t, token, key).SignMessage(nil, nil, crypto.Hash(0)); err != nil {
		t.Error(err)
	}
}

// While it is out it has no keys, and no PIN is counted.
func TestPulledOut(t *testing.T) {
	token, key := newToken(t)
	token.Move()
	if keys, err := token.Keys(t.Context()); len(keys) != 0 || err != nil {
		t.Errorf("%v, %v", keys, err)
	}
	if tokens, fault := token.Tokens(t.Context()); len(tokens) != 0 || fault == nil {
		t.Errorf("%v, %v", tokens, fault)
	}
	if _, err := token.Unlock(t.Context(), token.ID(spkiOf(key)), []byte("wrong")); err == nil || model.KindOf(err) == model.FaultSecret {
		t.Error(err)
	}
	if !token.Move() {
		t.Error("it isn't plugged in again")
	}
	tokens, fault := token.Tokens(t.Context())
	if fault != nil || len(tokens) != 1 || tokens[0].PIN.TriesLeft != 3 || tokens[0].Slots[0].ID != "9a" || tokens[0].Slots[1].State != model.SlotKeyOnly {
		t.Errorf("%+v, %v", tokens, fault)
	}
}

// Wrong PINs are counted until none is left, and a right one starts again. The last try is spent
// only where that was confirmed.
func TestPIN(t *testing.T) {
	token, key := newToken(t)
	id := token.ID(spkiOf(key))
	wrong := func(ctx context.Context, left int, unspent bool) {
		t.Helper()
		_, err := token.Unlock(ctx, id, []byte("wrong"))
		var counted *port.WrongSecret
		if !errors.As(err, &counted) || counted.TriesLeft != left || counted.Unspent != unspent || model.KindOf(err) != model.FaultSecret {
			t.Errorf("%v, want %d left, unspent %v", err, left, unspent)
		}
	}
	wrong(t.Context(), 2, false)
	open(t, token, key)
	wrong(t.Context(), 2, false)
	wrong(t.Context(), 1, false)
	wrong(t.Context(), 1, true)
	wrong(port.SpendLastTry(t.Context()), 0, false)
	if _, err := token.Unlock(t.Context(), id, []byte(pin)); err == nil || !strings.Contains(err.Error(), "blocked") {
		t.Error(err)
	}
}

// Others are told when it comes and leaves, until they stop listening.
func TestWatch(t *testing.T) {
	token, _ := newToken(t)
	ctx, stop := context.WithCancel(t.Context())
	events := token.Watch(ctx)
	token.Move()
	<-events
	stop()
	for range events { // until it is closed
	}
}

// Its attestations state what a YubiKey's do.
func TestAttest(t *testing.T) {
	token, _ := newToken(t)
	key, maker, err := token.Attest(t.Context(), "1234567", "9a")
	if err != nil {
		t.Fatal(err)
	}
	var found []attest.Certificate
	for _, der := range [][]byte{key, maker} {
		c, err := x509.ParseCertificate(der)
		if err != nil {
			t.Fatal(err)
		}
		found = append(found, attest.Certificate{Certificate: c, Files: []string{"token"}})
	}
	audit, err := attest.NewAudit(found, &attest.Roots{}, time.Date(2026, 11, 30, 0, 0, 0, 0, time.UTC))
	if err != nil || len(audit.Chains) != 1 || audit.Chains[0].Maker == nil {
		t.Fatalf("%+v, %v", audit, err)
	}
	if s := audit.Chains[0].Statement; s.Serial != "1234567" || s.Slot != "9a" || s.Firmware.String() != firmware || s.Touch != model.PolicyAlways {
		t.Errorf("%+v", s)
	}
	if _, _, err := token.Attest(t.Context(), "7", "9a"); err == nil {
		t.Error("it answers for another token")
	}
	if _, _, err := token.Attest(t.Context(), "1234567", "82"); err == nil {
		t.Error("it proves a key that is not there")
	}
}

// A changed PIN opens its keys, and the old one doesn't. A wrong old one costs a try.
func TestChangePIN(t *testing.T) {
	token, key := newToken(t)
	store := token.Store("1234567")
	if err := store.ChangePIN(t.Context(), []byte(pin), []byte("short")); model.KindOf(err) != model.FaultUsage {
		t.Error(err)
	}
	if err := store.ChangePIN(t.Context(), []byte("guesses"), []byte("87654321")); model.KindOf(err) != model.FaultSecret {
		t.Error(err)
	}
	if tokens, _ := token.Tokens(t.Context()); tokens[0].PIN.TriesLeft != 2 {
		t.Errorf("%+v", tokens[0].PIN)
	}
	if err := store.ChangePIN(t.Context(), []byte(pin), []byte("87654321")); err != nil || token.PIN() != "87654321" {
		t.Fatal(err)
	}
	if _, err := token.Unlock(t.Context(), token.ID(spkiOf(key)), []byte("87654321")); err != nil {
		t.Error(err)
	}
	if _, err := token.Unlock(t.Context(), token.ID(spkiOf(key)), []byte(pin)); model.KindOf(err) != model.FaultSecret {
		t.Error(err)
	}
}

// Another token than the one that there is isn't plugged in.
func TestOtherToken(t *testing.T) {
	token, _ := newToken(t)
	other := token.Store("7")
	if err := other.ChangePIN(t.Context(), []byte(pin), []byte("87654321")); err == nil || !strings.Contains(err.Error(), "not plugged in") || other.Serial() != "7" {
		t.Error(err)
	}
	if token.KeyStore().Member(token.Name()) != port.KeyStore(token) || token.KeyStore().Member("YubiKey 7") != nil {
		t.Error("the group has another member")
	}
}
