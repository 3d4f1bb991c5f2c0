// Package task runs work in the background and brings its results to Update as
// messages. It is the only way in which the UI does anything that may take
// time.
//
// A Lane is one line of work of one screen, such as "read this repository".
// Starting work on a lane cancels what ran on it before and gives the request a
// new number; Lane.Owns tells an answer that is still wanted from a late one. A
// panic in the work becomes an error. Work that reports as it goes is batched,
// so that a thousand parts do not mean a thousand repaints.
//
// Entry points: New, Lane, Run, Stream.
package task
