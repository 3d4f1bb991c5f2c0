package token

import (
	"strings"

	"trustdeck/model"
)

// Advisory is what the maker of a token has published about keys on some of its firmware.
type Advisory struct {
	// ID is the maker's: "YSA-2024-03".
	ID       string
	Severity model.Severity
	// Text says what is wrong with the key, and Remedy what to do, one sentence each without a
	// full stop.
	Text, Remedy string
}

// The firmware from which a fault is mended, or in which it began.
var (
	ecdsaMended = Version{5, 7, 0}
	rsaBegan    = Version{4, 2, 6}
	rsaMended   = Version{4, 3, 5}
)

// Advisories are those that concern a key of an algorithm, named as in model.Key, on a YubiKey
// with this firmware. Firmware can't be renewed, so only another token mends them.
func Advisories(firmware Version, algorithm string, origin model.KeyOrigin) []Advisory {
	var out []Advisory
	if strings.HasPrefix(algorithm, "ECDSA") && firmware.Below(ecdsaMended) {
		out = append(out, Advisory{
			ID: "YSA-2024-03", Severity: model.Notice,
			Text:   "firmware below 5.7 leaks ECDSA keys to someone who has the token in a laboratory",
			Remedy: "Keep the token locked away, and rotate to a key on firmware 5.7 or later if it was out of your hands",
		})
	}
	if strings.HasPrefix(algorithm, "RSA") && origin != model.OriginImported && !firmware.Below(rsaBegan) && firmware.Below(rsaMended) {
		out = append(out, Advisory{
			ID: "YSA-2017-01", Severity: model.Failure,
			Text:   "firmware 4.2.6 to 4.3.4 makes RSA keys that can be worked out from the public key",
			Remedy: "Rotate to a key on another token now",
		})
	}
	return out
}
