// Package token tests the store of keys on YubiKeys (keystore/yubikey) on software cards of
// package card, through the real PC/SC service: tokens that come, go and change, tries, touches,
// and keys that Notary then uses through ykcs11.
//
// It is built with the tag yubikey, as the store is.
package token
