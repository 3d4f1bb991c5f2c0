// Package yubikey keeps private keys on YubiKeys: in the slots of their PIV application, which
// it reaches through PC/SC. Each token is a port.TokenStore of its own, found by its serial
// number, wherever it is plugged in.
//
// Open finds no token yet. Tokens.Tokens reads those that are plugged in, Tokens.Watch tells when
// one comes or leaves, Tokens.Attest asks one for its proof that it made a key, and Tokens.Store
// is one of them as a store.
//
// A token is held open for one operation only, because nobody else can use it meanwhile: not
// Notary, not ykman, not gpg. That is why a Signer keeps the PIN, and gives it to the token for
// each signature.
//
// Tries are spent in one place (attempt.spend): never without a PIN from the caller, never the
// last one without port.SpendLastTry, and never for a PIN that the token has just refused. No
// factory PIN is ever tried; firmware 5.3 and newer tells whether the PIN is that one.
//
// Notary takes a key for a root key where the certificate in its slot has the common name
// "root", and asks for nothing else; so each key has a certificate, which Notary's own form
// has been taken for.
//
// It is built with the tag yubikey, and needs cgo and libpcsclite on systems other than
// Windows. Without the tag the same names say so.
//
// PINs and management keys are overwritten after use. piv-go takes a PIN as a string and makes
// working copies, which can't be overwritten; they become garbage soon after.
package yubikey
