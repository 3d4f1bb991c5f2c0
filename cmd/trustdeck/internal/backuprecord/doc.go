// Package backuprecord records, in a file of trustdeck's own, when each private key was
// last backed up, in which archive, and when its copy there was last tested. It knows
// keys by their IDs, and holds no secret. The record only informs people; nothing is
// decided by it.
//
// Entry point: New.
package backuprecord
