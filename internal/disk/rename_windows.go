package disk

import (
	"os"
	"path/filepath"

	"golang.org/x/sys/windows"
)

func rename(dir *os.File, from, to string) error {
	fromName, err := windows.UTF16PtrFromString(filepath.Join(dir.Name(), from))
	if err != nil {
		return err
	}
	toName, err := windows.UTF16PtrFromString(filepath.Join(dir.Name(), to))
	if err != nil {
		return err
	}
	return windows.MoveFileEx(fromName, toName, windows.MOVEFILE_WRITE_THROUGH)
}
