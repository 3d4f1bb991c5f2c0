// Package pkcs11 tests the store of keys on tokens with a PKCS #11 module (keystore/pkcs11) with
// SoftHSM, whose tokens are in temporary folders, and with ykcs11 and a software card.
//
// It is built with the tag hsm, as the store is.
package pkcs11
