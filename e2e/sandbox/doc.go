// Package sandbox compares the practice server with the real one: the same
// commands of real clients and the same requests, side by side, with the same
// outcomes. It holds only tests.
package sandbox
