// Package roots is the screen of the chain of roots of a repository: who has signed each, of
// the keys that the root before lists and of its own.
//
// It works nothing out: Source.Roots does, in the background, whenever the repository is read.
package roots
