// Package quorum is the screen that shows, role by role, who must sign to publish a
// repository, and which keys can be lost.
//
// It computes nothing: model/quorum does, in the background, each time the repository or
// the keys on this machine change.
package quorum
