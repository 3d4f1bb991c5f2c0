package attest

import (
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"fmt"
	"math"
	"regexp"
	"strconv"

	"trustdeck/model"
	"trustdeck/model/token"
)

// The extensions of the certificate of a key (developers.yubico.com/PIV, "PIV attestation").
var (
	extFirmware = asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 41482, 3, 3}
	extSerial   = asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 41482, 3, 7}
	extPolicy   = asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 41482, 3, 8}
	extForm     = asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 41482, 3, 9}
)

// Statement is what a token states about a key that it made.
type Statement struct {
	// Slot is its number in the field's form, "9c"; empty where the certificate doesn't say.
	Slot string
	// Serial is that of the token in decimal; empty where it doesn't tell, as version 4 may not.
	Serial   string
	Firmware token.Version
	// PIN and Touch say when the key asks for them.
	PIN, Touch model.UsePolicy
	// Fingerprint is true where a finger may take the place of the PIN.
	Fingerprint bool
	// Form is how the token is built: "USB-C keychain, FIPS"; empty where it doesn't tell.
	Form string
}

// slotName is the subject of a certificate that a token makes.
var slotName = regexp.MustCompile(`^YubiKey PIV Attestation ([0-9a-f]{2})$`)

// states reports whether a certificate makes the statement of a token, well formed or not.
func states(c *x509.Certificate) bool {
	return extension(c, extPolicy) != nil || slotName.MatchString(c.Subject.CommonName)
}

// newStatement reads what a certificate states. Values that this version doesn't know are
// unknown; an error says what is missing or malformed.
func newStatement(c *x509.Certificate) (Statement, error) {
	var out Statement
	if m := slotName.FindStringSubmatch(c.Subject.CommonName); m != nil {
		out.Slot = m[1]
	}
	firmware, policy := extension(c, extFirmware), extension(c, extPolicy)
	switch {
	case firmware == nil || policy == nil:
		return out, errors.New("it lacks the extensions of an attestation")
	case len(firmware) != 3:
		return out, fmt.Errorf("its firmware has %d bytes, not 3", len(firmware))
	case len(policy) != 2:
		return out, fmt.Errorf("its policies have %d bytes, not 2", len(policy))
	}
	out.Firmware = token.Version{Major: int(firmware[0]), Minor: int(firmware[1]), Patch: int(firmware[2])}
	out.PIN, out.Touch = pinPolicies[policy[0]], touchPolicies[policy[1]]
	out.Fingerprint = policy[0] == pinMatchOnce || policy[0] == pinMatchAlways
	if raw := extension(c, extSerial); raw != nil {
		var serial int64
		rest, err := asn1.Unmarshal(raw, &serial)
		if err != nil || len(rest) > 0 || serial < 0 || serial > math.MaxUint32 {
			return out, errors.New("its serial is no number of 32 bits")
		}
		out.Serial = strconv.FormatInt(serial, 10)
	}
	if raw := extension(c, extForm); raw != nil {
		if len(raw) != 1 {
			return out, fmt.Errorf("its form has %d bytes, not 1", len(raw))
		}
		out.Form = formName(raw[0])
	}
	return out, nil
}

func extension(c *x509.Certificate, id asn1.ObjectIdentifier) []byte {
	for _, e := range c.Extensions {
		if e.Id.Equal(id) {
			return append([]byte{}, e.Value...)
		}
	}
	return nil
}

// The policies by which a finger may take the place of the PIN.
const pinMatchOnce, pinMatchAlways = 4, 5

var pinPolicies = map[byte]model.UsePolicy{
	1: model.PolicyNever, 2: model.PolicyOnce, 3: model.PolicyAlways, pinMatchOnce: model.PolicyOnce, pinMatchAlways: model.PolicyAlways,
}

var touchPolicies = map[byte]model.UsePolicy{1: model.PolicyNever, 2: model.PolicyAlways, 3: model.PolicyCached}

// formFIPS marks a token that is certified for FIPS 140.
const formFIPS = 0x80

// formName names what a byte says (developers.yubico.com/yubikey-manager, "Form Factor").
func formName(b byte) string {
	names := [...]string{
		1: "USB-A keychain", 2: "USB-A nano", 3: "USB-C keychain", 4: "USB-C nano",
		5: "USB-C and Lightning", 6: "USB-A with fingerprint reader", 7: "USB-C with fingerprint reader",
	}
	kind := int(b &^ formFIPS)
	if kind == 0 || kind >= len(names) {
		return ""
	}
	if b&formFIPS != 0 {
		return names[kind] + ", FIPS"
	}
	return names[kind]
}
