// Package client is a TUF 1.0 client: the workflow of the specification (5.3 to 5.7),
// request by request, on what tuf.Trusted accepts. Programs that download targets work like
// this. trustdeck itself reads repositories with tuf.Load, which also reads and shows what
// clients refuse.
//
// It is pure: it reads and stores through Source, State and Artifacts.
package client
