// Package screen runs the real program in a real terminal, against a real server: what an
// administrator sees and presses, and what remains afterwards. It holds only tests.
package screen
