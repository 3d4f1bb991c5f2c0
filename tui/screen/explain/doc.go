// Package explain is the screen that shows how clients look for a target: the delegations
// that they reach, in their order, and why they follow each one or not.
//
// It decides nothing: Conventions.Search does, in the background, each time the repository
// is read. The delegations of a role for other targets are one row until the user unfolds
// it, because there may be ten thousand.
package explain
