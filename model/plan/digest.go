package plan

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"trustdeck/model"
	"trustdeck/model/display"
)

// ParseDigest reads a digest as registries spell it: "sha256:", and the hash in hexadecimal,
// with or without that prefix.
func ParseDigest(text string) (model.Hex, error) {
	sum, err := hex.DecodeString(strings.TrimPrefix(text, "sha256:"))
	if err != nil || len(sum) != sha256.Size {
		return nil, fmt.Errorf("%q is not a SHA-256 digest: it has 64 hexadecimal digits, as in sha256:4f2a", display.Strip(text, 100))
	}
	return sum, nil
}
