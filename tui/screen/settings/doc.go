// Package settings is the screen of every setting: its value, where it comes from and, for
// the few that the user can change here, what config.toml says. A change applies at once
// where possible. It is written only after the user has seen the new text of the file.
//
// The screen reads and writes no file: the port screen.Settings does.
//
// Entry point: New.
package settings
