//go:build yubikey

package yubikey

import (
	"crypto/x509"

	"github.com/go-piv/piv-go/v2/piv"
)

// Verify reports whether the certificate of a key, and that of the token which made it, lead to one
// of Yubico's roots that piv-go brings along.
func Verify(key, maker *x509.Certificate) error {
	_, err := piv.Verify(maker, key)
	return err
}
