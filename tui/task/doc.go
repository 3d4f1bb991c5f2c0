// Package task runs work in the background and brings its results to Update as
// messages. Everything in the UI that may take time runs this way.
//
// A Slot is one kind of work of one screen, such as "read this repository". Starting work
// in a slot cancels the work before it, and gives the request a new number; Slot.Owns
// tells a current answer from a late one. A panic in the work becomes an error. Reports
// during the work are batched, so that a thousand parts don't cause a thousand repaints.
//
// The pool remembers what runs and, up to a limit, what ran: see Pool.Entries. Work
// reports how far it is with Progress, what it has read with Note, and problems along the
// way with Trouble.
//
// Entry points: New, Slot, Run, Stream, Pool.Entries, Pool.Cancel.
package task
