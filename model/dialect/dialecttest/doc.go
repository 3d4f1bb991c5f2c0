// Package dialecttest tests what every dialect must satisfy, as testing/fstest does for
// file systems. Check builds repositories with a dialect, publishes changes to them,
// damages them, and reads everything back through the same port.
package dialecttest
