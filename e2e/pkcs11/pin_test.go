//go:build hsm

package pkcs11_test

import (
	"crypto/rand"
	"testing"

	"trustdeck/model"
)

// A wrong PIN costs a try, and is not sent again, until the token has taken another.
func TestWrongPIN(t *testing.T) {
	b := withToken(t)
	b.generate("EC:prime256v1", "01", "root")
	s := b.store()
	key := b.key(s, "root")
	unlock := func(pin string) error {
		signer, err := s.Unlock(t.Context(), key.ID, []byte(pin))
		if err == nil {
			return signer.Close()
		}
		return err
	}
	b.fails(unlock("wrong"), model.FaultSecret, "wrong PIN; the token doesn't say how many tries are left")
	b.fails(unlock("wrong"), model.FaultSecret, "it wasn't tried again")
	b.fails(unlock("other"), model.FaultSecret, "wrong PIN")
	b.fails(unlock("abc"), model.FaultSecret, "its PIN has 4 to 255 bytes; this one wasn't tried")
	b.fails(unlock(""), model.FaultSecret, "this one wasn't tried")
	if err := unlock(pin); err != nil {
		t.Fatal(err)
	}
	b.fails(unlock("wrong"), model.FaultSecret, "wrong PIN; the token")
}

// A PIN that is changed while a key is unlocked is refused once, and then not sent again.
func TestPINChangedMeanwhile(t *testing.T) {
	b := withToken(t)
	b.generate("EC:prime256v1", "01", "root")
	s := b.store()
	signer, err := s.Unlock(t.Context(), b.key(s, "root").ID, []byte(pin))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := signer.SignMessage(rand.Reader, nil, usual); err != nil {
		t.Fatal(err)
	}
	b.hsm.Tool(label, pin, "--change-pin", "--new-pin", "another")
	for range 2 {
		_, err = signer.SignMessage(rand.Reader, nil, usual)
		b.fails(err, model.FaultSecret, "wrong PIN")
	}
	_, err = b.store().Unlock(t.Context(), b.key(s, "root").ID, []byte("another"))
	if err != nil {
		t.Error(err)
	}
}

// No login outlasts a call: a wrong PIN is noticed although a key of the token is unlocked, and does
// that key no harm.
func TestNoLoginLasts(t *testing.T) {
	b := withToken(t)
	b.generate("EC:prime256v1", "01", "root")
	s := b.store()
	key := b.key(s, "root")
	signer, err := s.Unlock(t.Context(), key.ID, []byte(pin))
	if err != nil {
		t.Fatal(err)
	}
	_, err = s.Unlock(t.Context(), key.ID, []byte("wrong"))
	b.fails(err, model.FaultSecret, "wrong PIN")
	if _, err := signer.SignMessage(rand.Reader, nil, usual); err != nil {
		t.Error(err)
	}
}
