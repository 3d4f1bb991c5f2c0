// Package task runs work in the background and brings its results to Update as
// messages. It is the only way in which the UI does anything that may take
// time.
//
// A Slot is one line of work of one screen, such as "read this repository".
// Starting work on a lane cancels what ran on it before and gives the request a
// new number; Slot.Owns tells an answer that is still wanted from a late one. A
// panic in the work becomes an error. Work that reports as it goes is batched,
// so that a thousand parts do not mean a thousand repaints.
//
// The pool remembers what runs and, up to a limit, what ran: see Pool.Entries.
// Work says how far it has come with Progress, what it has read with Note, and
// what went wrong on the way with Trouble.
//
// Entry points: New, Slot, Run, Stream, Pool.Entries, Pool.Cancel.
package task
