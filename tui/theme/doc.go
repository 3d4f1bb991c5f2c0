// Package theme turns tokens (text, dim, accent, ok, warn, bad, border, focus,
// selection) into styles, and holds the two sets of glyphs.
//
// Colour never means anything alone: every state also has a word or a glyph. The
// default theme uses the terminal's sixteen colours, so that it follows the user's
// palette, and is readable on dark and light backgrounds before the terminal has said
// which it has. All glyphs are one cell wide.
//
// Entry points: New, Styles, ForLevel, ForRole, ForSignature.
package theme
