//go:build !yubikey

package yubikey_test

import (
	"context"
	"testing"

	"trustdeck/keystore/yubikey"
	"trustdeck/model"
	"trustdeck/model/port"
)

// A program without support for tokens says so, and how to get it, whatever it is asked.
func TestUnsupported(t *testing.T) {
	tokens := yubikey.Open(yubikey.Config{})
	store := tokens.Store("8675309")
	_, fault := tokens.Tokens(t.Context())
	_, _, attest := tokens.Attest(t.Context(), "8675309", "9c")
	_, keys := store.Keys(t.Context())
	_, unlock := store.Unlock(t.Context(), "", nil)
	_, makeKey := store.MakeKey(t.Context(), port.TokenKey{}, port.TokenSecrets{}, nil)
	_, importKey := store.ImportKey(t.Context(), port.TokenKey{}, nil, port.TokenSecrets{}, nil)
	_, certificate := store.WriteCertificate(t.Context(), "9c", "root", port.TokenSecrets{}, nil)
	for _, err := range []error{fault, attest, keys, unlock, makeKey, importKey, certificate, store.ChangePIN(t.Context(), nil, nil)} {
		if err == nil || err.Error() != "this trustdeck was built without support for YubiKeys" || model.HintOf(err) == "" {
			t.Errorf("%v (%s)", err, model.HintOf(err))
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	changes := tokens.Watch(ctx)
	cancel()
	if _, more := <-changes; more {
		t.Error("told of a token")
	}
}
