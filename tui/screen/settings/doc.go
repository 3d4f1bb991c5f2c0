// Package settings is the screen of every setting: its value, where it comes
// from, and, for the few that can be changed here, what config.toml says. A
// change counts at once where it can and is written only after a look at what
// the file would become.
//
// The screen reads and writes no file: that is behind the port screen.Settings.
//
// Entry point: New.
package settings
