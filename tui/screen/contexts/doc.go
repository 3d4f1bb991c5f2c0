// Package contexts is the list of contexts: servers and folders that are kept under names.
// Enter switches to one, or to those that are marked, which are then shown beside each other.
//
// Entry point: New.
package contexts
