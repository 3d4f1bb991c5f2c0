// Package lessons is the screen of the practice world: what each repository teaches.
// Without a practice world it says where to find one.
//
// Entry point: New.
package lessons
