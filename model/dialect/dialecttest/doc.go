// Package dialecttest holds what every dialect must satisfy, as testing/fstest does for
// file systems. Check builds repositories with a dialect, publishes changes of them, damages
// them, and reads everything back through the same port.
package dialecttest
