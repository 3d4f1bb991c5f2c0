// Package quorum is the screen that says, role by role, who it takes to publish a
// repository, and which keys can be lost.
//
// It works nothing out: model/quorum does, in the background, whenever the repository or
// the keys here change.
package quorum
