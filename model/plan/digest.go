package plan

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"trustdeck/model"
	"trustdeck/model/display"
)

// Digest is the hash by which people know a target: the SHA-256 where there is one. It is
// empty where no client could check the target.
func Digest(h model.Hashes) string {
	switch {
	case h.SHA256 != nil:
		return "sha256:" + hex.EncodeToString(h.SHA256)
	case h.SHA512 != nil:
		return "sha512:" + hex.EncodeToString(h.SHA512)
	default:
		return ""
	}
}

// ParseDigest reads a digest as registries spell it: "sha256:", and the hash in hexadecimal,
// with or without that prefix.
func ParseDigest(text string) (model.Hex, error) {
	sum, err := hex.DecodeString(strings.TrimPrefix(text, "sha256:"))
	if err != nil || len(sum) != sha256.Size {
		return nil, fmt.Errorf("%q is not a SHA-256 digest: it has 64 hexadecimal digits, as in sha256:4f2a", display.Strip(text, 100))
	}
	return sum, nil
}
