package disk

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"syscall"
)

// Why OpenIn and ReadIn refuse what has the name. Each text follows the name of the file.
var (
	// ErrLink: a symbolic link, or a file that took another's place while it was opened.
	ErrLink = errors.New("it is a symbolic link; trustdeck doesn't follow links")
	// ErrNotFile: a folder, pipe, socket or device.
	ErrNotFile = errors.New("it is not a regular file")
	// ErrNotFolder: anything else where a folder belongs.
	ErrNotFolder = errors.New("it is not a folder")
	// ErrTooLong: more bytes than may be read.
	ErrTooLong = errors.New("it is too long")
	// ErrGrowing: it became longer while it was read.
	ErrGrowing = errors.New("it is being written right now")
)

// OpenIn opens the folder called name in dir. It follows no link, also none that is put
// there meanwhile.
func OpenIn(dir *os.Root, name string) (*os.Root, error) {
	before, err := kind(dir, name, fs.ModeDir, ErrNotFolder)
	if err != nil {
		return nil, err
	}
	opened, err := dir.OpenRoot(name)
	if err != nil {
		return nil, swapped(err)
	}
	if after, err := opened.Stat("."); err != nil || !os.SameFile(before, after) {
		_ = opened.Close()
		return nil, ErrLink
	}
	return opened, nil
}

// ReadIn returns the content of the regular file called name in dir, and its state. It
// follows no link, also none that is put there meanwhile, and waits at no pipe. A file of
// more than so many bytes is refused unread.
func ReadIn(dir *os.Root, name string, most int64) ([]byte, fs.FileInfo, error) {
	file, after, err := OpenFileIn(dir, name)
	if err != nil {
		return nil, nil, err
	}
	defer func() { _ = file.Close() }()
	if after.Size() > most {
		return nil, nil, fmt.Errorf("%w: %d bytes; the limit is %d", ErrTooLong, after.Size(), most)
	}
	// One byte more than there is shows a file that grows; reading never reallocates, so
	// that no copy of a secret is left behind.
	content := make([]byte, after.Size()+1)
	n, err := io.ReadFull(file, content)
	switch {
	case err == nil:
		clear(content) // it may be a secret
		return nil, nil, ErrGrowing
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return content[:n], after, nil
	default:
		clear(content)
		return nil, nil, err
	}
}

// OpenFileIn opens the regular file called name in dir to be read, and returns its state.
// It follows no link, also none that is put there meanwhile, and waits at no pipe.
func OpenFileIn(dir *os.Root, name string) (*os.File, fs.FileInfo, error) {
	before, err := kind(dir, name, 0, ErrNotFile)
	if err != nil {
		return nil, nil, err
	}
	file, err := dir.OpenFile(name, readFlags, 0)
	if err != nil {
		return nil, nil, swapped(err)
	}
	after, err := file.Stat()
	if err == nil && !os.SameFile(before, after) {
		err = ErrLink
	}
	if err != nil {
		_ = file.Close()
		return nil, nil, err
	}
	return file, after, nil
}

// kind looks at what has a name, which must be of this type.
func kind(dir *os.Root, name string, want fs.FileMode, otherwise error) (fs.FileInfo, error) {
	info, err := dir.Lstat(name)
	switch {
	case err != nil:
		return nil, err
	case info.Mode()&fs.ModeSymlink != 0:
		return nil, ErrLink
	case info.Mode().Type() != want:
		return nil, otherwise
	}
	return info, nil
}

// swapped is the error of opening what was just seen to be no link. Only a link that was
// put there since can loop or, an error of os.Root and not of the system, lead out of the
// folder.
func swapped(err error) error {
	var number syscall.Errno
	if errors.Is(err, syscall.ELOOP) || !errors.As(err, &number) {
		return ErrLink
	}
	return err
}
