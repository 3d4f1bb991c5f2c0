// Package archive saves trust data to keep: every version of every role that a server
// still has, with the verdict on each, in a Vault.
package archive
