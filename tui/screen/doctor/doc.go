// Package doctor is the screen of what is wrong, or soon will be, anywhere: the
// server, the private keys here, and every known repository; each finding with
// the way out. The findings are gathered when all repositories have been read.
// It changes nothing.
//
// Entry point: New.
package doctor
