// Package welcome is the first page: what was found on this machine, and ways to
// begin. A choice that needs another source ends the program with a ChoiceMsg;
// whoever started it acts on that.
//
// Entry point: New.
package welcome
