// Package assets holds the files that are built into the program: the sample
// archive that the demo opens.
//
// It imports nothing of trustdeck and knows no format; remote/archive reads
// what Sample returns. assets/generate makes the sample anew, with the real
// Notary programs.
package assets
