// Package role is the screen of one role: everything about it, and next to it the path from
// the root, because a role counts only if all roles above it do. Package detail lays out
// the facts, as in the list of roles.
//
// Entry point: New.
package role
