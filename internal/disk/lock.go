package disk

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
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

// LockFolder is Lock for a folder in which nothing is to stay: the file called name in it, which
// stands for the lock, is removed with the lock. path is that of the folder.
func LockFolder(ctx context.Context, dir *os.Root, path, name string, patience time.Duration) (release func() error, err error) {
	deadline := time.Now().Add(patience)
	for {
		lock := newLock(filepath.Join(path, name), 0o600)
		wait, cancel := context.WithDeadline(ctx, deadline)
		locked, err := lock.TryLockContext(wait, 5*time.Millisecond)
		if wait.Err() != nil && ctx.Err() == nil {
			err = ErrLocked
		}
		cancel()
		if !locked {
			return result(lock, locked, err)
		}
		// The one that had the lock before may have removed the file meanwhile, and the next one
		// has another.
		held, err := lock.Stat()
		if now, lost := dir.Lstat(name); err == nil && lost == nil && os.SameFile(held, now) {
			return func() error { return unlockFolder(lock, dir, name) }, nil
		}
		if err := lock.Close(); err != nil {
			return nil, err
		}
	}
}

// unlockFolder removes the file while it is held. Windows removes no file that is open, so
// there nobody can have it afterwards.
func unlockFolder(lock *flock.Flock, dir *os.Root, name string) error {
	if runtime.GOOS == "windows" {
		err := lock.Unlock()
		_ = dir.Remove(name) // somebody else may have it by now
		return err
	}
	return errors.Join(dir.Remove(name), lock.Unlock())
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
