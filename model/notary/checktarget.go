package notary

import (
	"bytes"
	"crypto/sha256"
	"crypto/sha512"
	"errors"
	"fmt"
	"time"

	"trustdeck/model"
	"trustdeck/model/dialect"
)

// CheckTarget says why a file must not list a target. A name or custom value that Notary
// would spell in another way keeps its clients from signing the file ever again
// (notary-v1, 1.2).
func CheckTarget(t model.Target) error {
	switch {
	case t.Name == "":
		return errors.New("it has no name")
	case t.Length < 0:
		return fmt.Errorf("its length is %d", t.Length)
	case t.Hashes.SHA256 == nil && t.Hashes.SHA512 == nil:
		return errors.New("it has neither a SHA-256 nor a SHA-512 hash")
	}
	for name, length := range map[string]int{nameSHA256: sha256.Size, nameSHA512: sha512.Size} {
		if sum, ok := stated(t.Hashes, name); ok && len(sum) != length {
			return fmt.Errorf("its %s hash has %d bytes instead of %d", name, len(sum), length)
		}
	}
	// What is tried is whether the target reads back; a file without a signature would not.
	unverified := []dialect.Signature{{KeyID: KeyID(model.KeyED25519, nil), Method: "eddsa", Sig: []byte{0}}}
	f := &File{Signatures: unverified, Metadata: model.Metadata{Role: model.RoleTargets, Version: 1, Expires: time.Unix(0, 0).UTC(), Targets: []model.Target{t}}}
	back, err := Parse(model.RoleTargets, f.Wire())
	switch {
	case err != nil || len(back.Targets) != 1 || back.Targets[0].Name != t.Name:
		return errors.New("its name or custom value can't be written as metadata")
	case len(back.unsafe) > 0 || !bytes.Equal(back.Targets[0].Custom, t.Custom):
		return errors.New("its custom value is not in the only form that Notary signs: sorted members, whole numbers, no escapes, and none of < > &")
	}
	return nil
}
