// Package docker implements Docker's conventions for Notary v1 repositories: what a signer
// is, which delegations make one, what docker pull finds, and what docker trust inspect
// prints.
package docker
