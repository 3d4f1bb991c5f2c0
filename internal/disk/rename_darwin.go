package disk

import (
	"os"

	"golang.org/x/sys/unix"
)

func rename(dir *os.File, from, to string) error {
	at := int(dir.Fd())
	return unix.RenameatxNp(at, from, at, to, unix.RENAME_EXCL)
}
