package disk

import (
	"context"
	"errors"
	"io/fs"
	"time"

	"github.com/gofrs/flock"
)

// ErrLocked is the error of a lock that another program, or another goroutine, has.
var ErrLocked = errors.New("held by another trustdeck")

// Lock takes the lock that a file stands for, which is made where it is not there, and
// waits at most for the time given. The error is ErrLocked, the context's, or that of the
// system.
//
// The system holds the lock (flock on Unix, LockFileEx on Windows) and drops it when the
// process ends in whatever way: there are no stale ones. The file is empty and stays: to
// remove it would give two programs a lock each. No link is followed to it.
func Lock(ctx context.Context, path string, mode fs.FileMode, patience time.Duration) (release func() error, err error) {
	lock := newLock(path, mode)
	wait, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	locked, err := lock.TryLockContext(wait, 5*time.Millisecond)
	if wait.Err() != nil && ctx.Err() == nil {
		err = ErrLocked
	}
	return result(lock, locked, err)
}

// TryLock is Lock without waiting.
func TryLock(path string, mode fs.FileMode) (release func() error, err error) {
	lock := newLock(path, mode)
	locked, err := lock.TryLock()
	return result(lock, locked, err)
}

func newLock(path string, mode fs.FileMode) *flock.Flock {
	return flock.New(path, flock.SetFlag(lockFlags), flock.SetPermissions(mode))
}

func result(lock *flock.Flock, locked bool, err error) (func() error, error) {
	switch {
	case locked:
		return lock.Unlock, nil
	case err == nil:
		err = ErrLocked
	}
	return nil, errors.Join(err, lock.Close())
}
