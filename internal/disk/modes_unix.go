//go:build unix

package disk

// ModesMean tells whether the permission bits say who may read a file.
const ModesMean = true
