// Package practice fills a sandbox with repositories that each teach something:
// healthy ones, and those that administrators meet on bad days.
//
// Everything is made anew at each start and is the same for the same moment: keys
// come from their names, signatures are deterministic, and dates count from the
// moment that is given, so that what has expired has expired for every client.
// The keys are therefore known to everybody, and good for practice only.
//
// Build gives the whole world as values; the caller puts it into a sandbox and
// into a trust folder. ReadLessons reads the texts: what to look at and what to try.
package practice
