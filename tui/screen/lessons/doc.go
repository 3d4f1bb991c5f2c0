// Package lessons is the screen of the practice world: what can be learned there,
// repository by repository. Without a practice world it says where to find one.
//
// Entry point: New.
package lessons
