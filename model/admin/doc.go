// Package admin looks: what an administrator wants to know, found out on the ports of
// package port. The packages below it do the rest, each beside the others.
//
// Desk.Survey looks at many repositories, Desk.Open at one,
// Desk.History at its past, Desk.Keys at the private keys here, Signers at who
// signs across repositories, Desk.Staged at what waits in the trust folder,
// Desk.Doctor at everything, Desk.Served at what a registry serves under a signed
// tag.
//
// Nothing in this package writes to a trust folder or to a server but through a port.
package admin
