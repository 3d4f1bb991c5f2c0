//go:build !unix

package disk

// ModesMean is false where access lists decide and the bits are made up.
const ModesMean = false
