// Package roots is the screen of the chain of roots of a repository: which keys of the
// previous root, and which of its own keys, have signed each root.
//
// It computes nothing: Source.Roots does, in the background, each time the repository is
// read.
package roots
