//go:build !yubikey

package token_test

import (
	"testing"

	"trustdeck/e2e/peer"
)

func TestMain(m *testing.M) { peer.Main(m) }

// Nothing here can be tested without support for tokens.
func TestUnbuilt(t *testing.T) { peer.Need(t, peer.YubiKeySupport) }
