// Package watch decides when to ask the places that repositories are read from whether
// anything has changed, and what follows from their answers. It is a state machine: it makes
// no requests, knows no clock and starts nothing.
//
// A place with a list of all changes is asked for that list, once per interval. Any other
// place is asked for the timestamps of the repositories on the screen, a few per second. An
// answer is only a hint: the caller then reads and verifies the repository. A place that
// doesn't answer is lost until it does, and is tried again after increasing delays.
//
// Entry points: New, Watcher.Next, Watcher.Take.
package watch
