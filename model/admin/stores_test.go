package admin_test

import (
	"context"
	"crypto"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/admin/change"
	"trustdeck/model/notary"
	"trustdeck/model/notary/notarytest"
	"trustdeck/model/plan"
	"trustdeck/model/port"
)

// A token is a store whose keys are opened with a PIN and never leave it.
type token struct {
	port.KeyStore
	keys []notarytest.Key
	pin  string
	// tries are how many wrong answers it still takes.
	tries int
}

func (*token) Name() string               { return "token 4711" }
func (*token) ID(spki []byte) model.KeyID { return notarytest.StoredID(spki) }
func (*token) Makes(model.Dialect) bool   { return false }
func (*token) Secret() port.SecretKind    { return port.PIN }
func (*token) Removes() bool              { return false }

func (k *token) Keys(context.Context) ([]model.PrivateKey, error) {
	var out []model.PrivateKey
	for _, key := range k.keys {
		out = append(out, model.PrivateKey{ID: notary.CanonicalID(key.PublicKey), Label: "slot", Encrypted: true, Place: "token"})
	}
	return out, nil
}

func (k *token) Unlock(_ context.Context, id model.KeyID, pin []byte) (port.Signer, error) {
	if string(pin) != k.pin {
		k.tries--
		return nil, &port.WrongSecret{Fault: &model.Fault{Kind: model.FaultSecret, Text: "not the PIN"}, TriesLeft: k.tries}
	}
	i := slices.IndexFunc(k.keys, func(key notarytest.Key) bool { return notary.CanonicalID(key.PublicKey) == id })
	return &touched{unlocked: unlocked{k.keys[i].Private}}, nil
}

// touched is a key that wants a touch for each signature, and gets it.
type touched struct {
	unlocked
	notice port.TouchNotice
}

func (k *touched) OnTouch(n port.TouchNotice) { k.notice = n }

func (k *touched) SignMessage(rand io.Reader, message []byte, opts crypto.SignerOpts) ([]byte, error) {
	k.notice(true)
	defer k.notice(false)
	return k.unlocked.SignMessage(rand, message, opts)
}

func (*token) Remove(context.Context, model.KeyID) error {
	return &model.Fault{Kind: model.FaultUsage, Subject: "token 4711", Text: "keys cannot be removed from it"}
}

// holder knows passphrases, and writes down what is asked.
type holder struct {
	asked []port.SecretAsk
	pins  []string
}

func (h *holder) Ask(_ context.Context, ask port.SecretAsk) ([]byte, error) {
	h.asked = append(h.asked, ask)
	if ask.Kind != port.PIN {
		return []byte("passphrase"), nil
	}
	pin := h.pins[0]
	h.pins = h.pins[1:]
	return []byte(pin), nil
}

// besideToken moves the targets key of a workshop to a token.
func besideToken(t *testing.T) (*workshop, *token, model.KeyID) {
	w := newWorkshop(t)
	key := w.repo.Keys[model.RoleTargets][0]
	id := notary.CanonicalID(key.PublicKey)
	delete(w.keys, id)
	k := &token{keys: []notarytest.Key{key}, pin: "123456", tries: 3}
	return w, k, id
}

var renewal = []change.Request{{GUN: gun, Changes: []model.Change{model.Renew{Roles: []model.RoleName{model.RoleTargets}}}}}

// A key that only the second store has is listed, planned with and unlocked by what that
// store asks for, and the tries that are left are passed on.
func TestTwoStores(t *testing.T) {
	w, k, id := besideToken(t)
	p, err := w.service.Prepare(t.Context(), renewal)
	if err == nil && p.Verdict().State == "ready" {
		t.Fatal("ready without the key")
	}
	w.service.Stores = append(w.service.Stores, k)
	uses, err := w.service.Keys(t.Context(), []admin.Look{w.service.Open(t.Context(), gun)})
	i := slices.IndexFunc(uses, func(u admin.KeyUse) bool { return u.ID == id })
	if err != nil || i < 0 || uses[i].Store != "token 4711" || len(uses[i].Uses) == 0 {
		t.Fatalf("keys %+v, %v", uses, err)
	}
	if p, err = w.service.Prepare(t.Context(), renewal); err != nil {
		t.Fatal(err)
	}
	for _, k := range p.Parts[0].Rewrites[0].Needs[0].Keys {
		if k.Token != "token 4711" || k.Place != plan.PlaceHere {
			t.Errorf("the plan says of the key on the token: %+v", k)
		}
	}
	h := &holder{pins: []string{"000000", "123456"}}
	if _, err := w.service.Execute(t.Context(), change.Execution{Plan: p, Secrets: h}); err != nil {
		t.Fatal(err)
	}
	if len(h.asked) != 2 || h.asked[1].Kind != port.PIN || h.asked[1].TriesLeft != 2 || h.asked[1].Key.Store != "token 4711" || h.asked[0].TriesLeft != 0 {
		t.Errorf("asked %+v", h.asked)
	}
}

// The key on a token that comes into a root first certifies itself, which is a step of its own: each
// touch is asked for in the step that it is for, and no step that is done waits again.
func TestTouchInItsStep(t *testing.T) {
	w, k, _ := besideToken(t)
	fresh := notarytest.NewKey()
	k.keys = append(k.keys, fresh)
	w.service.Stores = append(w.service.Stores, k)
	id := notary.CanonicalID(fresh.PublicKey)
	rotation := model.RotateKey{Role: model.RoleRoot, Keys: model.RoleKeys{Threshold: 1, Keys: []model.KeyChoice{{Source: model.KeyHere, ID: id}}}}
	p, err := w.service.Prepare(t.Context(), []change.Request{{GUN: gun, Changes: []model.Change{rotation}}})
	if err != nil {
		t.Fatal(err)
	}
	var touches []string
	done := 0
	watch := func(steps []admin.Step) {
		now := 0
		for _, s := range steps {
			if s.State == admin.StepDone {
				now++
			}
			if s.State == admin.StepTouch {
				touches = append(touches, s.Asked)
			}
		}
		if now < done {
			t.Errorf("%d steps were done, and then %d", done, now)
		}
		done = now
	}
	if _, err := w.service.Execute(t.Context(), change.Execution{Plan: p, Secrets: &holder{pins: []string{"123456"}}, Watch: watch}); err != nil {
		t.Fatal(err)
	}
	version := p.Parts[0].Rewrites[0].To
	want := []string{
		fmt.Sprintf("Touch token 4711 now: certify the root key %s for %s", id.Short(), gun),
		fmt.Sprintf("Touch token 4711 now: sign root %d of %s", version, gun),
	}
	if !slices.Equal(touches, want) {
		t.Errorf("touches %q, want %q", touches, want)
	}
}

// A token that takes no more answers is not asked about again.
func TestNoTriesLeft(t *testing.T) {
	w, k, _ := besideToken(t)
	k.tries = 1
	w.service.Stores = append(w.service.Stores, k)
	p, err := w.service.Prepare(t.Context(), renewal)
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range p.Parts[0].Rewrites[0].Needs[0].Keys {
		if k.Token != "token 4711" || k.Place != plan.PlaceHere {
			t.Errorf("the plan says of the key on the token: %+v", k)
		}
	}
	h := &holder{pins: []string{"000000", "123456"}}
	if _, err := w.service.Execute(t.Context(), change.Execution{Plan: p, Secrets: h}); model.KindOf(err) != model.FaultSecret || len(h.asked) != 1 {
		t.Errorf("asked %d times, %v", len(h.asked), err)
	}
}

// A store that never lets go of its keys is named where one is to be removed, and so is
// one that refuses.
func TestRetireFromToken(t *testing.T) {
	w, k, _ := besideToken(t)
	spare := notarytest.NewKey()
	k.keys = append(k.keys, spare)
	w.service.Stores = append(w.service.Stores, k)
	gone, kept, err := w.service.Retire(t.Context(), []model.KeyID{spare.ID}, true)
	if err != nil || len(gone) > 0 || len(kept) != 1 || !strings.Contains(kept[0].Why, "token 4711 doesn't let trustdeck remove keys") {
		t.Errorf("gone %v, kept %+v, %v", gone, kept, err)
	}
	if err := w.service.Stores.Remove(t.Context(), model.PrivateKey{ID: spare.ID, Store: k.Name()}); err == nil || !strings.Contains(err.Error(), "token 4711") {
		t.Errorf("removed: %v", err)
	}
}
