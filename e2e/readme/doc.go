// Package readme runs what the documents tell their readers to run, with the real
// program: the commands of README.md in the practice world, each exit code that the help
// lists, and what the lessons of the practice world tell to try.
package readme
