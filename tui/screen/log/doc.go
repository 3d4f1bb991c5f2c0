// Package log is the screen of what has been done: requests, checks, files,
// newest first. It holds no secret because the log holds none.
//
// Entry point: New.
package log
