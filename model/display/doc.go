// Package display makes text from outside safe to show. Text from a server, a file, a
// token, an argument or a paste goes through it before it reaches a terminal, a log, an
// error or a page. Nothing else in the program decides what can be shown.
//
// It removes or escapes control characters (C0, C1, DEL), and so every escape sequence;
// direction marks and overrides; characters without width, such as zero-width spaces and
// joiners, variation selectors and tags; spaces other than U+0020, line and paragraph
// separators; private and unassigned characters; and bytes that are not UTF-8. The rest
// is never part of a terminal command, and reads in the order in which it is stored.
//
// The forms differ in how they replace such characters. Escape, for screens and logs,
// names them visibly, and also stops piles of combining marks from covering other lines.
// Quote, for paths and names in errors, and Inline, for tables, escape as Go does. Strip,
// for text from servers, leaves them out. Blot, for pages, writes a replacement character.
// Strip and Cut also limit the length.
//
// Entry points: Escape, Quote, Strip, Shown.
package display
