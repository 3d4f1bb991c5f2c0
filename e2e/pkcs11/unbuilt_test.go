//go:build !hsm

package pkcs11_test

import (
	"testing"

	"trustdeck/e2e/peer"
)

func TestMain(m *testing.M) { peer.Main(m) }

// Nothing here can be tested without support for PKCS #11.
func TestUnbuilt(t *testing.T) { peer.Need(t, peer.PKCS11Support) }
