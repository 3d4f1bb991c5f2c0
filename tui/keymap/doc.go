// Package keymap is the table of everything a user can do with a key: its ID,
// keys, label, help, group and danger. The footer, the help page, the palette
// and the documentation all read it; screens refer to IDs and never to keys.
//
// A screen offers actions of its scope, and says with When whether each is possible now
// and, if not, why. The root model turns a key into its action and passes the screen the
// ID, whether the action was chosen by key, by mouse or from the palette.
//
// Entry points: Table, Scoped, Get, Match.
package keymap
