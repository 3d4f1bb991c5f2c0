// Package keys is the screen of the private keys on this machine: what each is, where its
// file is, what is wrong with it, and every role of every known repository in which it
// counts. It reads no secret: it shows names and headers of files, and public metadata.
//
// Entry point: New.
package keys
