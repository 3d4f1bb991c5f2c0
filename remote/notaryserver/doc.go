// Package notaryserver reads repositories from a Notary v1 server over HTTP,
// publishes to it, and keeps what was read last in a cache of its own.
//
// It moves bytes and names faults. It verifies nothing: what came may be
// anything, and model/notary judges it. What it is given to publish it sends as it
// is, all together, once: it never repeats an upload by itself.
//
// New makes a Client, NewCache a Cache; both satisfy ports of model/admin.
package notaryserver
