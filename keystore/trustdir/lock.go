package trustdir

import (
	"context"
	"errors"
	"io/fs"
	"path"
	"path/filepath"
	"time"

	"trustdeck/internal/disk"
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
func (s *Store) lock(ctx context.Context) (unlock func(), err error) {
	at := filepath.Join(s.dir, lockName)
	release, err := disk.Lock(ctx, at, 0o600, s.patience)
	switch {
	case err == nil:
		return func() { _ = release() }, nil
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case errors.Is(err, disk.ErrLocked):
		return nil, flawf(Locked, "was not changed: another trustdeck is changing %s", s.layout.folder())
	case errors.Is(err, fs.ErrNotExist):
		return nil, readFlaw(err)
	default:
		found, _ := asFlaw(writeFlaw(err))
		found.Path = at
		return nil, found
	}
}

// inFolder runs do under the lock, in the folder at rel below private, where
// nothing is left of a change that was cut off. The error is a flaw, a Fault or
// the end of the context, which is not looked at any more once do runs.
func (s *Store) inFolder(ctx context.Context, rel string, do func(*folder) error) error {
	return s.locked(ctx, func(top *folder) error {
		f, err := s.clean(top, rel)
		if err != nil {
			return err
		}
		defer f.close()
		return do(f)
	})
}

// locked runs do under the lock, with the trust folder itself.
func (s *Store) locked(ctx context.Context, do func(top *folder) error) error {
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
	return do(top)
}

// clean opens the folder at rel below private under the lock, and removes what is left there of a
// change that was cut off.
func (s *Store) clean(top *folder, rel string) (*folder, error) {
	f, err := top.descend(path.Join(privateDir, rel))
	if err != nil {
		return nil, err
	}
	if err := f.sweep(s.settled() == nil); err != nil {
		f.close()
		return nil, err
	}
	return f, nil
}
