// Package admin holds the use cases: what an administrator wants, done on the ports
// of package port.
//
// Reading: Desk.Survey looks at many repositories, Desk.Open at one,
// Desk.History at its past, Desk.Keys at the private keys here, Signers at who
// signs across repositories, Desk.Staged at what waits in the trust folder,
// Desk.Doctor at everything, Desk.Served at what a registry serves under a signed
// tag.
//
// Nothing in this package writes to a trust folder or to a server but through a port.
package admin
