// Package watch decides when the places that repositories are read from are asked whether
// anything has changed, and what follows from their answers. It is a state machine: it
// asks nobody, knows no clock and starts nothing.
//
// A place with a list of all changes is asked for that, once in an interval. Any other place
// is asked for the timestamps of the repositories that are on the screen, a few in each
// second. What comes of it is a hint and nothing more: whoever takes it reads and verifies
// the repository. A place that does not answer is lost until it does, and is tried again
// after a time that grows.
//
// Entry points: New, Watcher.Next, Watcher.Take.
package watch
