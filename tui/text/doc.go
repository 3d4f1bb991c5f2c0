// Package text turns values into words for people: safe, cut by cell width,
// with dates in UTC and relative.
//
// A string from a server, file, token, argument or paste goes through Clean before it
// reaches a widget. Nothing here reads a clock; the time is always passed in.
//
// Entry points: Clean, Fit, Truncate, In, Ago, Span, UTC, Error.
package text
