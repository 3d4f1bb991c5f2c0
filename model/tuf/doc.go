// Package tuf is the dialect of The Update Framework: metadata of version 1 of its
// specification, to the model.
//
// It parses and verifies data from a server, a folder or an archive (Load), and follows
// delegations to a target as clients do (Dialect.Resolve, Dialect.Search). It doesn't
// write. It is pure: no disk, no network, no clock.
//
// Every verdict is its own: a signature is checked over the canonical form of the received
// bytes (real metadata doesn't survive being written again), and an undecodable key never
// affects the others. go-tuf judges the same bytes as a second opinion; if the two differ, a
// problem names the reason, as far as it is known.
package tuf
