// Package guide is the screen of any flow: it asks the questions one by one, shows what
// would be done for review, executes it step by step, asks for each passphrase that it
// needs, and shows the result. It is one of the front ends of tui/flow, which decides what
// to ask and what may happen when.
//
// Nothing is written before the user accepts it. A passphrase is held as bytes, shown as a
// row of constant length, and wiped after it has been passed on.
//
// Entry point: New.
package guide
