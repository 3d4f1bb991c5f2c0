// Package screen plays the real program in a real terminal, against a real
// server: what an administrator sees, presses and leaves behind. It holds only
// tests.
package screen
