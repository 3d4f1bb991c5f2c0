package notary

import (
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"

	"trustdeck/model"
)

// MaxPublicFile is the largest file of a public key in bytes that is read.
const MaxPublicFile = 64 << 10

// ParsePublicFile reads the public key that somebody has handed over: in PEM form,
// bare or as a certificate (notary-v1, 2.4). The error is one sentence about the
// file.
func ParsePublicFile(text []byte) (PublicKey, error) {
	if len(text) > MaxPublicFile {
		return PublicKey{}, fmt.Errorf("it is larger than %d KiB, and no public key is", MaxPublicFile>>10)
	}
	block, rest := pem.Decode(text)
	switch {
	case block == nil:
		return PublicKey{}, errors.New("it is no key in PEM form")
	case strings.Contains(block.Type, "PRIVATE KEY"):
		clear(block.Bytes)
		return PublicKey{}, errors.New("it holds a private key; the public one is wanted, and the private one should not have been handed over")
	}
	if next, _ := pem.Decode(rest); next != nil {
		return PublicKey{}, errors.New("it holds more than one key")
	}
	switch block.Type {
	case "PUBLIC KEY":
		public, err := x509.ParsePKIXPublicKey(block.Bytes)
		if err != nil {
			return PublicKey{}, errors.New("the public key in it does not parse")
		}
		return Bare(public)
	case "CERTIFICATE":
		return Certified(pem.EncodeToMemory(&pem.Block{Type: block.Type, Bytes: block.Bytes}))
	default:
		return PublicKey{}, fmt.Errorf("it holds %q, which is no public key", clip([]byte(block.Type)))
	}
}

// AllowedName says why a signer cannot have a name; nil where it can. The names
// are those that docker allows.
func AllowedName(name string) error {
	if name == model.RoleReleases.Base() {
		return fmt.Errorf("%q is the name of the role that holds the released tags", name)
	}
	if name == "" || strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789_-") != "" || name[0] == '-' || name[0] == '_' {
		return fmt.Errorf("%q cannot be the name of a signer", name)
	}
	return nil
}
