// Package notaryserver reads repositories from a Notary v1 server over HTTP,
// and keeps what was read last in a cache of its own.
//
// It moves bytes and names faults. It verifies nothing: what came may be
// anything, and model/notary judges it. It never writes to a server.
//
// New makes a Client, NewCache a Cache; both satisfy ports of model/admin.
package notaryserver
