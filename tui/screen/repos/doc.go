// Package repos is the list of all repositories: health, who signs, what expires first.
// The board's survey provides the data, from the cache first.
//
// Entry point: New.
package repos
