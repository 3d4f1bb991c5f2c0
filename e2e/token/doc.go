// Package token tests the store of keys on YubiKeys (keystore/yubikey) on the software cards of
// packages card and pivcard, through the real PC/SC service: tokens that come, go and change, tries,
// touches, and keys that Notary then uses through ykcs11.
//
// It is built with the tag yubikey, as the store is.
package token
