// Package flow is the engine of guided flows: which questions to ask, in which order,
// what the answers lead to, and what may happen next. A flow is data, and a Machine is a
// pure state machine over it:
//
//	asking → preparing → reviewing → confirming → executing → done | failed | stopped
//
// It knows no particular flow. The result of a flow is an Outcome, a fact that the next
// question needs is an Inquiry, and Learn and Known store what the flow finds out. A flow
// brings everything it needs in its closures.
//
// It knows no terminal. The full screen, the line prompts and the command line are three
// front ends of the same Machine: they show its state, pass it answers, run the Work that
// it requests, and return the results. Nothing is written before Accept and, if a name
// must be typed, Confirm.
//
// Entry points: Flow, New, Machine, Outcome, Set.
package flow
