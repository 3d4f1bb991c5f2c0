// Command trustdeck shows who may sign what in a repository: with which keys, until
// when, how many of them must sign, and what is wrong.
//
// This package is the entry point. It reads flags, environment and files (package
// settings), connects the use cases of model/admin to real servers and folders, starts
// the full-screen UI or runs a command, and turns the outcome into an exit code. It
// decides nothing about trust: a command gathers, calls model/admin, and renders the
// answer of model/report.
//
// Each command has a file. run.go is where a run starts, exit.go is the only place that
// chooses exit codes, and session.go the only one that connects the parts.
package main
