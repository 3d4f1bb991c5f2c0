//go:build !yubikey

package token_test

import (
	"testing"

	"trustdeck/e2e/peer"
	"trustdeck/keystore/yubikey"
)

func TestMain(m *testing.M) { peer.Main(m) }

// A program without support for tokens says so, and how to get it, whatever it is asked.
func TestUnsupported(t *testing.T) {
	tokens := yubikey.Open(yubikey.Config{})
	_, fault := tokens.Tokens(t.Context())
	if fault == nil || fault.Text != "this trustdeck was built without support for YubiKeys" || fault.Hint == "" {
		t.Errorf("tokens: %v", fault)
	}
	if _, err := tokens.Store("8675309").Unlock(t.Context(), "", nil); err == nil {
		t.Error("unlocked a key")
	}
	peer.Need(t, peer.YubiKeySupport)
}
