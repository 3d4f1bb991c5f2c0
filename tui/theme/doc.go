// Package theme turns tokens (text, dim, accent, ok, warn, bad, border, focus,
// selection) into styles, and holds the two sets of glyphs.
//
// Colour never stands alone: every state has a word or a glyph as well. The
// default theme uses the sixteen colours of the terminal, so that it follows
// the user's palette, and reads on dark and light backgrounds before the
// terminal has said which it has. All glyphs are one cell wide.
//
// Entry points: New, Styles, ForLevel, ForRole, ForSignature.
package theme
