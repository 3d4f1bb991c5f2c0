// Package widget holds the parts of screens and of the root model:
// a virtual table, a tree, tabs, boxes, scrolling text, an input line, and the
// overlays (menu, question, palette, help, toasts).
//
// A widget is a plain value with methods. It knows nothing about the program around it:
// no routes, no source, no board. It sorts and filters when it gets new data, and draws
// only what is visible, so that a repaint costs the same for every length of list.
// Strings must be clean already: see package text.
package widget
