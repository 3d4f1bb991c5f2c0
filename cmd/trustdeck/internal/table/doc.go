// Package table writes text for people: aligned columns and labelled fields,
// for terminals and pipes alike.
//
// Every cell goes through text.Clean, so that text from a server or a file reaches the
// terminal only as text. The package knows no colours.
package table
