// Package admin finds out what an administrator wants to know, through the ports of
// package port. The packages below it change, archive and back up; none imports another.
//
// Service.Survey reads many repositories, Service.Open one of them, Service.History its
// earlier versions, Service.Keys the private keys on this machine, and Service.Staged what
// waits in the trust folder. Signers lists who signs in all repositories, Service.Doctor
// every finding, and Service.Served what a registry serves under a signed tag.
//
// This package writes to a trust folder or a server only through a port.
package admin
