// Package tasks is the screen of the work in the background: what runs, how far
// it has come, and what came of what ran. It starts no work of its own; it stops
// a task where the user says so.
//
// Entry point: New.
package tasks
