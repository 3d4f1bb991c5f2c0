package trustdir

import "golang.org/x/sys/unix"

// renameExclusive renames a file in f, and fails with fs.ErrExist where there is
// something of the new name.
func (f *folder) renameExclusive(from, to string) error {
	dir, err := f.root.Open(".")
	if err != nil {
		return err
	}
	defer func() { _ = dir.Close() }()
	at := int(dir.Fd())
	return unix.Renameat2(at, from, at, to, unix.RENAME_NOREPLACE)
}
