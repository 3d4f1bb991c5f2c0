// Package pkcs11 keeps private keys on tokens that have a PKCS #11 module: HSMs, smart cards,
// SoftHSM. Each token is a port.KeyStore of its own, found by its label and serial number in
// whichever slot it is, and all of them together are a port.KeyStoreGroup.
//
// Entry points: Open, Modules.KeyStore.
//
// A module is code, which runs in this process with all its rights: so only modules that the user
// has named are loaded. One that lies about the length of what it returns can end the process;
// what it returns from the token is bounded and checked here.
//
// A key is an object on the token whose public half can be read, from a public key or a
// certificate, before anyone has logged in. Looking asks for no PIN. The private key object, which
// most tokens hide until then, is found by the same CKA_ID when the key is unlocked.
//
// Each operation initialises the module, opens a session, logs in if it must, logs out and
// finalises the module. So no login outlasts an operation, a token that has come or left since is
// noticed, and other programs can use it in between. ThalesGroup/crypto11 logs in once and keeps
// the login until it is closed, so this package uses miekg/pkcs11 itself. A Signer keeps the PIN
// instead, until Close.
//
// Tries are spent in one place (login.spend): never without a PIN from the caller, never the last
// one without port.SpendLastTry, and never for a PIN that the token has just refused. PKCS #11
// counts no tries: it has flags for "some are spent", "one is left" and "none is left", which a
// module need not set.
//
// A call into a module can't be ended. Where it takes too long, the caller gets a fault, and so
// does everyone who wants something of that module, until the call returns.
//
// It is built with the tag hsm, and needs cgo. Without the tag the same names say so.
//
// PINs are overwritten after use. The module gets a copy, which can't be.
package pkcs11
