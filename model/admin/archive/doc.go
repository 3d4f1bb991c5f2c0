// Package archive saves trust data for ever: every version of every role that a server
// still has, with the verdict on each, in a Vault.
package archive
