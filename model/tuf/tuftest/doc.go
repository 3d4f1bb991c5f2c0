// Package tuftest authors repositories of TUF 1.0 in memory, for tests and benchmarks: sound
// ones, and ones that are broken in any way. It shares no code with package tuf, so that both
// can be wrong only together with the specification.
//
// Entry points: New, Repository.Publish, Repository.Read.
package tuftest
