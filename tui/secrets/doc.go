// Package secrets asks for passphrases, the same way in every front end: the environment
// first, then what has opened a key before, then whoever sits there. It has the words of
// the question; how it is shown is up to the front end.
//
// Entry points: Opened, AskedFor, About, Strength.
package secrets
