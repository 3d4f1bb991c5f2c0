// Package table writes text for people: aligned columns and labelled fields,
// for terminals and pipes alike.
//
// Every cell passes text.Clean, so that no text from a server or a file
// reaches the terminal as anything but text. The package knows no colours.
package table
