//go:build !yubikey

package change

import (
	"testing"

	"trustdeck/e2e/peer"
)

// Changes with keys on tokens can't be tested without support for tokens.
func TestTokensUnbuilt(t *testing.T) { peer.Need(t, peer.YubiKeySupport) }
