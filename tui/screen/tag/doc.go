// Package tag is the screen of one tag: what "docker pull" makes of it and why,
// its content, whether the registry serves that content, who signs for it, which
// roles list it, and what else goes by the same name.
//
// Entry point: New.
package tag
