// Package welcome is the first page: what was found on this machine, and where to start. A
// choice that needs another source ends the program with a ChoiceMsg, and the caller acts
// on that.
//
// Entry point: New.
package welcome
