// Package archive keeps trust data for ever: a folder that holds every version
// of every role of some repositories, and is read with no server.
//
// Create opens a folder for writing; the Writer satisfies the Vault of the use case. Open and
// OpenFS read one; the Reader satisfies port.Remote. docs/archive.md is the
// format, and README.txt in every archive is its short form, so that the files
// can be read and checked when trustdeck is long forgotten.
//
// The package verifies digests and never signatures: what it returns is what
// was saved, and model/notary judges it. It never replaces bytes by other
// bytes, and follows no path that a manifest states unless it is exactly the
// one where the format puts that file.
package archive
