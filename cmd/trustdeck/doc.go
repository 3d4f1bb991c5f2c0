// Command trustdeck shows who may sign what in a trust collection: with which
// keys, until when, how many of them must agree, and what is wrong.
//
// This package is the door. It reads flags, environment and files (package
// settings), joins the use cases of model/admin to real servers and folders,
// starts the full-screen UI or answers a command, and turns what happened into
// an exit code. It decides nothing about trust: a command gathers, calls
// model/admin, and renders what model/report makes of it.
//
// One file holds one command; run.go is the way in, exit.go the only place
// where exit codes are chosen, session.go the only one where parts are joined.
package main
