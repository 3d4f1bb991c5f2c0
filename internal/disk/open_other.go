//go:build !unix

package disk

import "os"

// lockFlags open the file of a lock.
const lockFlags = os.O_CREATE | os.O_RDWR

// readFlags open a file to be read: pipes are no files here.
const readFlags = os.O_RDONLY
