// Package notaryserver reads repositories from a Notary v1 server over HTTP, publishes to
// it, and keeps the last answers in a cache.
//
// It moves bytes and names faults. It verifies nothing: the answers may contain anything,
// and model/notary judges them. It sends what it publishes unchanged, in one request, and
// never repeats an upload on its own.
//
// New makes a Client, NewCache a Cache; both satisfy ports of model/admin.
package notaryserver
