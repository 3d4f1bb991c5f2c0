// Package bundle is the one file that carries a ceremony between machines: what is to be signed,
// what it is to replace, and the signatures so far. A machine that only signs needs nothing else:
// no network, no settings, and nothing that it believes. Open verifies the chain of roots and the
// files that are replaced, works out again from the bytes what changes and who must sign, and
// verifies each signature.
//
// One thing a bundle cannot prove: that its roots are those of the repository. A machine or a person
// that signs must know one of them: see Opened.Roots and Opened.Anchored.
//
// A bundle holds no secret. It names people, keys and tokens as its author knows them: nothing
// proves that, so the custodians compare its digest in words, which covers all but the signatures.
//
// A rehearsal uses the same code. Its keys sign a mark before each payload, which no metadata of
// any dialect begins with: whatever a client checks, it refuses such a signature.
//
// Entry points: New; Decode and Open; Opened.Summary, Reviews, Quorums and Roots; Tasks and Add,
// Answer and Take, Merge; Seal, which publishes; Request.
package bundle
