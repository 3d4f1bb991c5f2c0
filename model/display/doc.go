// Package display makes text from outside fit to be shown. What came from a server, a
// file, a token, an argument or a paste goes through it before it reaches a terminal, a
// log, an error or a page: nothing else in the program decides what can be shown.
//
// Removed or escaped are control characters (C0, C1, DEL) and so every escape sequence;
// direction marks and overrides; what has no width, as zero-width spaces and joiners,
// variation selectors and tags; spaces other than U+0020, line and paragraph separators;
// private and unassigned characters; and bytes that are not UTF-8. What is left takes part
// in no terminal command and reads in the order in which it is stored.
//
// The forms differ in what stands for the rest: Escape, for screens and logs, names it
// visibly and also keeps piles of combining marks from climbing over other lines; Quote,
// for paths and names in errors, and Inline, for tables, spell as Go does; Strip, for what
// servers say, leaves it out; Blot, for pages, puts a replacement character. Strip and Cut
// also bound the length.
//
// Entry points: Escape, Quote, Strip, Shown.
package display
