// Package text turns values into words for people: safe, cut by cell width,
// with dates in UTC and relative.
//
// Rule of the house: a string that came from a server, file, token, argument
// or paste passes through Clean before it reaches a widget. Nothing here reads
// a clock; the moment is always passed in.
//
// Entry points: Clean, Fit, Truncate, In, Ago, Span, UTC, Error.
package text
