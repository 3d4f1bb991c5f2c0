// Package screen plays the real program in a real terminal, against a real
// server. It holds only tests.
package screen
