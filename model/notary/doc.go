// Package notary is the dialect of Docker Content Trust: Notary v1 metadata to
// and from the model.
//
// It parses, canonicalises and verifies data from a server, a cache or an archive
// (Load), says what docker pull would find in it (Tags, Resolve), and writes the
// byte-exact wire form that Notary's own programs expect (Emit). It is pure: no disk, no network, no clock.
//
// Verification follows the Notary client 0.7.0, whose behaviour is the
// specification: docs/notary-v1.md lists the rules.
package notary
