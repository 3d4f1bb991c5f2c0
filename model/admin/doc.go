// Package admin looks: what an administrator wants to know, found out on the ports of
// package port. The packages below it do the rest, each beside the others.
//
// Service.Survey looks at many repositories, Service.Open at one,
// Service.History at its past, Service.Keys at the private keys here, Signers at who
// signs across repositories, Service.Staged at what waits in the trust folder,
// Service.Doctor at everything, Service.Served at what a registry serves under a signed
// tag.
//
// Nothing in this package writes to a trust folder or to a server but through a port.
package admin
