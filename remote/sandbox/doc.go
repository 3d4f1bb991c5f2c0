// Package sandbox is the practice world: a Notary server and an OCI registry in
// one process, over TLS on the loopback interface, that real clients believe.
//
// It checks what the real server checks, in the same order and with the same
// answers (docs/notary-v1.md), makes snapshots and timestamps with the keys that
// the root names, signs them again once they have expired, keeps every version,
// and tells time by the clock that it is given. In one thing it is stricter: it
// refuses metadata whose bytes are not those that Notary itself would write,
// because the real server and its clients hash their own writing of what they
// read, and a lenient practice server would hide that.
//
// The keys of this server are practice keys: they lie unencrypted in its folder,
// if it has one. It must never serve anything but practice.
//
// Start makes a World. Its Admin is for tests and for the demo: it puts in states
// that no client could publish.
package sandbox
