// Package tui is what the user sees: a full-screen terminal program in the Elm
// architecture, on Bubble Tea.
//
// The root model is the only tea.Model and the only producer of a tea.View. It
// owns the frame (header, breadcrumbs, status line, footer), the overlays
// (help, palette, menus, dialogs), the stack of screens, and the routing of
// messages. Screens live below tui/screen, one package each; no screen imports
// another. They share the packages next to them: routes in nav, keys in keymap, looks
// in theme, wording and widths in text, parts in widget, background work in task.
//
// The package reaches repositories and keys only through the port screen.Source. It
// never uses disk, network or clock inside Update or View, computes no verdict about
// trust, and shows no string from outside before text.Clean has made it harmless.
//
// Entry points: New makes the root model, Run runs it on a terminal and always
// restores the terminal.
package tui
