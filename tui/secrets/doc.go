// Package secrets gets passphrases, in the same way in every front end: first from the
// environment, then from what has opened a key before, then from the user. It words the
// question; the front end shows it.
//
// Entry points: Opened, AskedFor, About, Strength.
package secrets
