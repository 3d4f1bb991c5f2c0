// Package contexts is the list of contexts: named servers and folders. Enter switches to one,
// or to the marked ones, which are then shown side by side.
//
// Entry point: New.
package contexts
