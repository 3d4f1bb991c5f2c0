//go:build unix

package disk

import (
	"os"
	"syscall"
)

// lockFlags open the file of a lock, but neither follow a link nor wait at a pipe.
const lockFlags = os.O_CREATE | os.O_RDWR | syscall.O_NOFOLLOW | syscall.O_NONBLOCK

// readFlags open a file to be read, but do not wait at a pipe.
const readFlags = os.O_RDONLY | syscall.O_NONBLOCK
