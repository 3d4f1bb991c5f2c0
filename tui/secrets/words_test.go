package secrets_test

import (
	"testing"

	"trustdeck/model"
	"trustdeck/model/port"
	"trustdeck/tui/secrets"
)

// The question for a secret says where the key is: several tokens may be plugged in, each with its PIN. It
// calls the key as the change does.
func TestAskedFor(t *testing.T) {
	key := func(place, store, path string) port.SecretAsk {
		out := port.SecretAsk{Key: model.PrivateKey{ID: "0123456789", Label: "root", Place: place, Store: store, Path: path}, Purpose: "sign root 2", Step: 1, Of: 2}
		if place == model.PlaceToken {
			out.Kind = port.PIN
		}
		return out
	}
	otherwise := key(model.PlaceToken, "YubiKey 8675309", "slot 9c")
	otherwise.As = "89ab000000"
	for want, ask := range map[string]port.SecretAsk{
		"1 of 2. Passphrase of the root key 0123 4567 in private/0123.key, to sign root 2":             key(model.PlaceFile, "the trust folder", "private/0123.key"),
		"1 of 2. PIN of the root key 0123 4567 on YubiKey 8675309, slot 9c, to sign root 2":            key(model.PlaceToken, "YubiKey 8675309", "slot 9c"),
		"1 of 2. PIN of the root key 89ab 0000 on YubiKey 8675309, slot 9c, to sign root 2":            otherwise,
		"1 of 2. PIN of the root key 0123 4567 on PKCS #11 token signing, object root, to sign root 2": key(model.PlaceToken, "PKCS #11 token signing", "PKCS #11 token signing, object root"),
	} {
		if got := secrets.AskedFor(ask); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
