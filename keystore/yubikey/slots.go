//go:build yubikey

package yubikey

import (
	"fmt"
	"slices"
	"strconv"

	"trustdeck/model"
)

// slotIDs are the slots for keys, in the order in which they are listed.
var slotIDs = func() []byte {
	out := []byte{0x9a, 0x9c, 0x9d, 0x9e}
	for slot := byte(0x82); slot <= 0x95; slot++ {
		out = append(out, slot)
	}
	return out
}()

// slotName is the form in which a slot is shown: "9c".
func slotName(slot byte) string { return fmt.Sprintf("%02x", slot) }

// parseSlot is the slot that a name means.
func parseSlot(token, name string) (byte, *model.Fault) {
	n, err := strconv.ParseUint(name, 16, 8)
	if err != nil || !slices.Contains(slotIDs, byte(n)) {
		return 0, usage(token, fmt.Sprintf("%q isn't a slot for keys", name), "Name one of 9a, 9c, 9d, 9e, or 82 to 95.")
	}
	return byte(n), nil
}

// object is the number of the data object for the certificate of a slot (SP 800-73-4, part 1,
// table 3).
func object(slot byte) uint32 {
	switch slot {
	case 0x9a:
		return 0x5fc105
	case 0x9c:
		return 0x5fc10a
	case 0x9d:
		return 0x5fc10b
	case 0x9e:
		return 0x5fc101
	case slotAttestation:
		return 0x5fff01
	default:
		return 0x5fc10d + uint32(slot-0x82)
	}
}

// slotAttestation has the key by which the token attests others.
const slotAttestation = 0xf9
