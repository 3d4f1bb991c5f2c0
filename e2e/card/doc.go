// Package card is a YubiKey in software, for tests: its PIV application, and what else clients
// read of it. It speaks the protocol of vpcd, the virtual reader of the vsmartcard project, so
// that real clients reach it through the real PC/SC service (see package pcsc).
//
// It behaves as firmware 4.3.5, 5.4.3 or 5.7.1 does: with and without metadata, with management
// keys of 3DES or AES, with and without Ed25519 and large RSA keys. A test inserts and removes
// it, touches it or doesn't, and counts the commands and touches that it was asked for. It keeps
// its keys in the memory of the test, which no real token does.
//
// It is judged by programs that it doesn't know: yubico-piv-tool, ykman, OpenSC, Notary.
// The commands are those of NIST SP 800-73-4, part 2, and of Yubico's extensions
// (developers.yubico.com/PIV/Introduction/Yubico_extensions.html). Like the tests, it shares no
// code with trustdeck, and it uses the standard library alone.
//
// Entry points: New, Card.
package card
