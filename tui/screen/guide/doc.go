// Package guide is the screen of a flow, of any: it asks the questions one by one, shows
// what would be done for review, executes it step by step, asks for each passphrase that
// it needs, and says how it ended. It is one of the front ends of tui/flow; what is asked
// and what may happen when is decided there.
//
// Nothing is written before it has been accepted. A passphrase is held as
// bytes, shown as a row of constant length, and wiped once it has been handed over.
//
// Entry point: New.
package guide
