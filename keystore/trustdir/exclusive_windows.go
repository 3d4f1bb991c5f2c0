package trustdir

import (
	"path/filepath"

	"golang.org/x/sys/windows"
)

// renameExclusive renames a file in f, and fails with fs.ErrExist where there is
// something of the new name.
func (f *folder) renameExclusive(from, to string) error {
	fromName, err := windows.UTF16PtrFromString(filepath.Join(f.path, from))
	if err != nil {
		return err
	}
	toName, err := windows.UTF16PtrFromString(filepath.Join(f.path, to))
	if err != nil {
		return err
	}
	return windows.MoveFileEx(fromName, toName, windows.MOVEFILE_WRITE_THROUGH)
}
