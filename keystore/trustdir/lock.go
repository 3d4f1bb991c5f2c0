package trustdir

import (
	"context"
	"errors"
	"io/fs"
	"path"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"
)

// lockName is the file by which trustdecks keep out of each other's way, in the
// trust folder itself, where neither Notary nor Docker looks. It is empty, and
// stays: to remove it would give two trustdecks a lock each.
const lockName = ".trustdeck.lock"

// patience is how long another trustdeck may hold the lock: a change takes
// milliseconds.
const patience = 10 * time.Second

// lock keeps other trustdecks, in this process and in others, from changing key
// files. It protects what lies between looking at a file and replacing or
// removing it, and the temporary files, which whoever has the lock may sweep
// away. Readers need none, since every file is whole at all times; Notary and
// Docker know none, so that against them every step looks once more.
//
// The system holds the lock (flock on Unix, LockFileEx on Windows) and drops it
// when the process ends in whatever way: there are no stale ones.
func (s *Store) lock(ctx context.Context) (unlock func(), err error) {
	at := filepath.Join(s.dir, lockName)
	lock := flock.New(at, flock.SetFlag(lockFlags), flock.SetPermissions(0o600))
	wait, cancel := context.WithTimeout(ctx, s.patience)
	defer cancel()
	locked, err := lock.TryLockContext(wait, 10*time.Millisecond)
	switch {
	case locked:
		return func() { _ = lock.Unlock() }, nil
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case wait.Err() != nil:
		return nil, flawf(Locked, "was not changed: another trustdeck is changing the trust folder")
	case errors.Is(err, fs.ErrNotExist):
		return nil, readFlaw(err)
	default:
		found, _ := asFlaw(writeFlaw(err))
		found.path = at
		return nil, found
	}
}

// inFolder runs do under the lock, in the folder at rel below private, where
// nothing is left of a change that was cut off. The error is a flaw, a Fault or
// the end of the context, which is not looked at any more once do runs.
func (s *Store) inFolder(ctx context.Context, rel string, do func(*folder) error) error {
	unlock, err := s.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	top, err := openFolder(s.dir)
	if err != nil {
		return err
	}
	defer top.close()
	f, err := top.descend(path.Join(privateDir, rel))
	if err != nil {
		return err
	}
	defer f.close()
	if err := f.sweep(); err != nil {
		return err
	}
	return do(f)
}
