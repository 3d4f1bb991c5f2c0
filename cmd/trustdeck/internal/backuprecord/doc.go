// Package backuprecord remembers, in a file of trustdeck's own, when each private key
// was last backed up, in which archive, and when its copy there was last tried. It
// knows keys by their IDs, and holds no secret. What it says is a help for people:
// nothing is decided by it.
//
// Entry point: New.
package backuprecord
