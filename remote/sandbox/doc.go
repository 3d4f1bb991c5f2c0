// Package sandbox is the practice world: a Notary server and an OCI registry in one process,
// over TLS on the loopback interface, which real clients treat as real.
//
// It makes the same checks as the real server, in the same order and with the same answers
// (docs/notary-v1.md). It signs snapshots and timestamps with the keys that the root names,
// re-signs them after they expire, keeps every version, and uses the clock that it is given.
// It is stricter in one respect: it refuses metadata whose bytes are not those that Notary
// itself would write. The real server and its clients hash their own serialisation of what
// they read, and a lenient practice server would hide that.
//
// The keys of this server are practice keys, stored unencrypted in its folder, if it has
// one. It must never serve anything but practice.
//
// Start makes a World. Its Admin is for tests and for the demo: it sets states that no
// client could publish.
package sandbox
