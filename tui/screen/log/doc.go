// Package log is the screen of the log: requests, checks and files, newest first. It shows
// no secrets, because the log contains none.
//
// Entry point: New.
package log
