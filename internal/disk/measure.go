package disk

import (
	"context"
	"crypto/sha256"
	"crypto/sha512"
	"errors"
	"io"
	"io/fs"
	"os"
)

// Measured is the size of a file, and its hashes.
type Measured struct {
	Size           int64
	SHA256, SHA512 []byte
}

// Measure reads a file or a pipe of any size from its beginning to its end. It stops where ctx
// ends. A device is ErrNotFile: it may have no end.
func Measure(ctx context.Context, path string) (Measured, error) {
	file, err := os.Open(path)
	if err != nil {
		return Measured{}, err
	}
	info, err := file.Stat()
	if err == nil && info.Mode()&fs.ModeDevice != 0 {
		err = ErrNotFile
	}
	if err != nil {
		return Measured{}, errors.Join(err, file.Close())
	}
	short, long := sha256.New(), sha512.New()
	n, err := io.Copy(io.MultiWriter(short, long), interruptible{ctx, file})
	if err = errors.Join(err, file.Close()); err != nil {
		return Measured{}, err
	}
	return Measured{Size: n, SHA256: short.Sum(nil), SHA512: long.Sum(nil)}, nil
}

// interruptible reads until ctx ends.
type interruptible struct {
	ctx context.Context //nolint:containedctx // it lives as long as one call
	io.Reader
}

// Read fails once ctx has ended.
func (r interruptible) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.Reader.Read(p)
}
