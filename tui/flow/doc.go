// Package flow is the engine of guided flows: what is asked, in which order, what
// it comes to, and what may happen next. A flow is data, and a Machine is a pure
// state machine over it:
//
//	asking → preparing → reviewing → confirming → executing → done | failed | stopped
//
// What it comes to is a plan for repositories or, in a flow about backups, a Job. What
// must be known before it goes on is an Inquiry.
//
// It knows no terminal. The full screen, the line prompts and the command line are
// three front ends of the same Machine: they show its state, hand over answers, do
// the work that Effect names, and bring back what came of it. Nothing is written
// before Confirm has been accepted.
//
// Entry points: Flow, New, Machine; Desk and Backups are what front ends need besides.
package flow
