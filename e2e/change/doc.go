// Package change executes plans against real servers, and has real clients work on
// what came of them. It holds only tests.
package change
