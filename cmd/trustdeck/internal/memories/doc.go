// Package memories keeps, in a folder of trustdeck's own, what was verified of
// repositories: one file for each repository of one server, whole at all times. It is
// apart from the cache, which people clean. Several trustdecks may use it at once: one
// that changes a record reads, merges and writes it under a lock of the system.
//
// Entry point: New.
package memories
