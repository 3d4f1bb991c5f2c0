// Package staged is the screen of what waits in the trust folder to be published: the
// changes that notary or docker staged, in the order in which notary would apply them;
// repositories that were initialised but never published; and metadata that is newer here
// than on the server. The screen changes nothing; the detail names the commands that do.
//
// Entry point: New.
package staged
