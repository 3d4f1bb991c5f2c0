// Package memories stores, in a folder of trustdeck's own, what was verified of
// repositories: one file for each repository of one server, whole at all times. It is
// separate from the cache, which people delete. Several trustdecks may use it at once: to
// change a record, each reads, merges and writes it under a system lock.
//
// Entry point: New.
package memories
