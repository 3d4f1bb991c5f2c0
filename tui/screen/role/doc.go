// Package role is the screen of one role: everything about it, and at the side
// the way from the root to it, for a role counts only where all above it do.
// The facts are laid out by package detail, as in the roles of a repository.
//
// Entry point: New.
package role
