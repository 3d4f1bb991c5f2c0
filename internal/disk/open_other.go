//go:build !unix

package disk

import "os"

// lockFlags open the file of a lock.
const lockFlags = os.O_CREATE | os.O_RDWR
