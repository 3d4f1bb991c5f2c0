// Package client is a client of TUF 1.0: the workflow of the specification (5.3 to 5.7), one
// request after the other, on what tuf.Trusted accepts. It is what a program does that
// downloads targets; trustdeck itself looks at repositories with tuf.Load, which reads and
// shows also what clients refuse.
//
// It is pure: what it reads and keeps, it does through Source, State and Artifacts.
package client
