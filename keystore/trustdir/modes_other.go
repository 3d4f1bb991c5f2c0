//go:build !unix

package trustdir

// modesMean is false where access lists decide and the bits are made up.
const modesMean = false
