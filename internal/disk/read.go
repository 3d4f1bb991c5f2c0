package disk

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"syscall"
)

// Read returns the content of a regular file, which has at most so many bytes, also
// where it grows meanwhile.
func Read(path string, most int64) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("it is not a regular file")
	}
	content, err := head(path, most+1, info.Size())
	if err == nil && int64(len(content)) > most {
		return nil, fmt.Errorf("it has more than the limit of %d bytes", most)
	}
	return content, err
}

// Head returns at most so many bytes of the beginning of what a user has named, which may
// be a pipe.
func Head(path string, most int64) ([]byte, error) { return head(path, most, 0) }

// head is Head of a file of which so many bytes are expected.
func head(path string, most, expected int64) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	var content bytes.Buffer
	content.Grow(int(min(most, expected)) + bytes.MinRead)
	_, err = content.ReadFrom(io.LimitReader(file, most))
	if err = errors.Join(err, file.Close()); err != nil {
		return nil, err
	}
	return content.Bytes(), nil
}

// Reason is why the system has refused something, without the call and the path.
func Reason(err error) string {
	var path *fs.PathError
	var link *os.LinkError
	var number syscall.Errno
	switch {
	case errors.As(err, &path):
		return path.Err.Error()
	case errors.As(err, &link):
		return link.Err.Error()
	case errors.As(err, &number):
		return number.Error()
	default:
		return err.Error()
	}
}

// Exposed reports whether users other than its owner may read or change a regular file of
// this mode.
func Exposed(mode fs.FileMode) bool {
	return ModesMean && mode.IsRegular() && mode.Perm()&0o077 != 0
}
