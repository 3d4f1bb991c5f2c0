// Package history is the past of a repository as a timeline: publish by publish, what changed,
// who signed it, and who could sign at that time.
//
// It does no I/O: admin reads the versions that a place keeps, and fills a Timeline. What a
// publish says was verified by the keys of its time, as far as that can be done; the rest is
// labelled. A place that shows a false past beyond the oldest root that is known otherwise
// can't be told from one that shows the true one: Timeline.Proven says how far the proof goes.
package history
