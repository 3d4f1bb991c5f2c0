// Package exclusive renames files in one step of the system that never takes the
// name of another file: no look beforehand can promise that.
//
// Entry point: Rename.
package exclusive
