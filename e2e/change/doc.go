// Package change executes plans against real servers, and has real clients continue with
// the results. It holds only tests.
package change
