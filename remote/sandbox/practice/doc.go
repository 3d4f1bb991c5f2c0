// Package practice fills a sandbox with repositories that each teach something: healthy
// ones, and those that administrators meet on bad days.
//
// Everything is made again at each start, and is the same for the same time: keys are
// derived from their names, signatures are deterministic, and dates count from the given
// time, so that what has expired has expired for every client. So the keys are public, and
// only for practice.
//
// Build returns the whole world as values; the caller puts it into a sandbox and into a
// trust folder. ReadLessons reads the texts: what to look at and what to try.
package practice
