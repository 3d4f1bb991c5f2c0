// Package differential compares trustdeck with Notary's own client library: it
// changes the metadata of a repository in every way that comes to mind, signs what
// it changed with the keys that may sign it, and asks both what they make of it.
// What Notary's client refuses must never be called healthy here, and what it
// accepts is refused here only where the list of strictnesses says so. It holds
// only tests.
package differential
