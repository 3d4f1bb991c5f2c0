// Package keys is the screen of the private keys on this machine: what each is,
// where its file lies, what is wrong with it, and every role of every known
// repository in which it counts. No secret is read: what is shown comes from
// names and headers of files, and from public metadata.
//
// Entry point: New.
package keys
