// Package tag is the screen of one tag: what "docker pull" gets for it and why, its content,
// whether the registry serves that content, who signs it, which roles list it, and other
// content with the same name.
//
// Entry point: New.
package tag
