//go:build unix

package trustdir

// modesMean tells whether the permission bits say who may read a file.
const modesMean = true
