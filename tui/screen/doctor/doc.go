// Package doctor is the screen of what is wrong, or soon will be: at the server, in the
// private keys here, and in every known repository. Each finding has its fix. The findings
// are gathered when all repositories have been read. The screen changes nothing.
//
// Entry point: New.
package doctor
