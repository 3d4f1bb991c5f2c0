//go:build !unix

package trustdir

import "os"

// openFlags need no protection from pipes: they are not files here.
const openFlags = os.O_RDONLY

// lockFlags open the lock file.
const lockFlags = os.O_CREATE | os.O_RDWR

// modesMean is false where access lists decide and the bits are made up.
const modesMean = false
