// Package staged is the screen of what waits in the trust folder to be
// published: the changes that notary or docker have noted, in the order in which
// notary would apply them, repositories that were initialised and never
// published, and metadata that is newer here than on the server. Nothing here
// changes anything; the detail names the commands that do.
//
// Entry point: New.
package staged
