//go:build unix

package trustdir

import (
	"os"
	"syscall"
)

// openFlags keep a pipe that was swapped in for a file from blocking the
// caller for ever.
const openFlags = os.O_RDONLY | syscall.O_NONBLOCK

// modesMean tells whether the permission bits say who may read a file.
const modesMean = true
