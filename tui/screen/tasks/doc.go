// Package tasks is the screen of the work in the background: what runs, how far it is, and
// the results of what ran. It starts no work; it stops a task if the user asks.
//
// Entry point: New.
package tasks
