// Package widget holds the pieces that screens and the root model are made of:
// a virtual table, a tree, tabs, boxes, scrolling text, an input line, and the
// overlays (menu, question, palette, help, toasts).
//
// A widget is a plain value with methods. It knows nothing of the program
// around it: no routes, no source, no board. It sorts and filters when it is
// told something new and draws only what is visible, so that a repaint costs
// the same whatever the length of the list. Strings are expected clean: see
// package text.
package widget
