// Package explain is the screen that shows how clients look for a target: the delegations
// that they meet, in their order, and why each one is followed or not.
//
// It decides nothing: Conventions.Search does, in the background, whenever the repository is
// read. The delegations of a role that are for other targets are one row until it is
// unfolded, because there may be ten thousand.
package explain
