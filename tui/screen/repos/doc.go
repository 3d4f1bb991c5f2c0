// Package repos is the list of all repositories: health, who signs, what
// expires first. It is fed by the survey of the board, from the cache first.
//
// Entry point: New.
package repos
