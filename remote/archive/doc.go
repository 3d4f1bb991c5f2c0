// Package archive stores trust data to keep: a folder with every version of every role of
// some repositories, readable without a server.
//
// Create opens a folder for writing; the Writer satisfies the Vault of the use case. Open
// and OpenFS read one; the Reader satisfies port.Remote. docs/archive.md defines the format.
// README.txt in every archive is a short form of it, so that the files can be read and
// checked long after trustdeck.
//
// The package verifies digests, never signatures: it returns what was saved, and
// model/notary judges it. It never replaces bytes with other bytes, and follows a path from
// a manifest only if it is exactly where the format puts that file.
package archive
