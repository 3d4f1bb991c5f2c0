package card

import "fmt"

// Version is that of a firmware.
type Version struct{ Major, Minor, Patch byte }

// The firmwares that differ in what trustdeck needs.
var (
	// V435 is of a YubiKey 4: it tells nothing about its keys except by attestation.
	V435 = Version{4, 3, 5}
	// V543 is of a YubiKey 5: metadata, and AES for management keys.
	V543 = Version{5, 4, 3}
	// V571 adds Ed25519 and large RSA keys; it comes with a management key of AES-192, and can
	// delete keys.
	V571 = Version{5, 7, 1}
)

// String is the version as people write it.
func (v Version) String() string { return fmt.Sprintf("%d.%d.%d", v.Major, v.Minor, v.Patch) }

func (v Version) bytes() []byte { return []byte{v.Major, v.Minor, v.Patch} }

func (v Version) atLeast(major, minor, patch byte) bool {
	if v.Major != major {
		return v.Major > major
	}
	if v.Minor != minor {
		return v.Minor > minor
	}
	return v.Patch >= patch
}

// What came with which firmware.
func (v Version) hasSerial() bool    { return v.atLeast(5, 0, 0) }
func (v Version) hasMetadata() bool  { return v.atLeast(5, 3, 0) }
func (v Version) hasAES() bool       { return v.atLeast(5, 4, 2) }
func (v Version) hasDelete() bool    { return v.atLeast(5, 7, 0) }
func (v Version) hasForm() bool      { return v.atLeast(5, 0, 0) }
func (v Version) factoryAES() bool   { return v.atLeast(5, 7, 0) }
func (v Version) hasLargeKeys() bool { return v.atLeast(5, 7, 0) }

// supports reports whether keys of an algorithm can be made or imported.
func (v Version) supports(alg byte) bool {
	switch alg {
	case algRSA1024, algRSA2048, algP256, algP384:
		return true
	case algRSA3072, algRSA4096, algEd25519, algX25519:
		return v.hasLargeKeys()
	default:
		return false
	}
}
