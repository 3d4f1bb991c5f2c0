// Package journal keeps, in a folder of trustdeck's own, what plans have done: an
// entry is a file, and a note a line of it that is on the disk before Note returns.
// A line that was cut off is as if it had never been. Entries hold no secrets.
//
// Entry point: New.
package journal
