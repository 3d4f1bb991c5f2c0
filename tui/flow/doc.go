// Package flow is the engine of guided flows: what is asked, in which order, what
// it comes to, and what may happen next. A flow is data, and a Machine is a pure
// state machine over it:
//
//	asking → preparing → reviewing → confirming → executing → done | failed | stopped
//
// It knows no particular flow: what one comes to is an Outcome, what must be known before
// it goes on is an Inquiry, and what it finds out for itself is kept by Learn and Known. A
// flow brings all that it needs in its closures.
//
// It knows no terminal. The full screen, the line prompts and the command line are
// three front ends of the same Machine: they show its state, hand over answers, have the
// Work done that it wants, and tell it to take what came of that. Nothing is written
// before Accept and, where a name must be typed, Confirm.
//
// Entry points: Flow, New, Machine, Outcome, Set.
package flow
