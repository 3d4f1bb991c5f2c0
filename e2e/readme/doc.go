// Package readme runs, with the real program, what the documents tell readers to run: the
// commands of README.md in the practice world, each exit code that the help lists, and
// what the lessons of the practice world suggest.
package readme
