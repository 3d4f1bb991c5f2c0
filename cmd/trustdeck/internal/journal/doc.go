// Package journal records, in a folder of trustdeck's own, what plans have done. An
// entry is a file, and a note is a line of it, which is on the disk before Note returns.
// An incomplete line counts as never written. Entries hold no secrets.
//
// Entry point: New.
package journal
