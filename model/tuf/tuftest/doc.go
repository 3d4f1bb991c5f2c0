// Package tuftest authors TUF 1.0 repositories in memory, for tests and benchmarks: valid
// ones, and ones that are broken in any way. It shares no code with package tuf, so a
// mistake in one shows against the other.
//
// Entry points: New, Repository.Publish, Repository.Read.
package tuftest
