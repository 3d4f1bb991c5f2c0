package backup

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"time"

	"trustdeck/internal/disk"
	"trustdeck/model/admin/backup"
)

// Archives are the files of backups. Its methods may be called from several goroutines.
type Archives struct {
	// outside is the trust folder, in which no backup is put.
	outside string
	// cost is the work factor of new passphrases.
	cost int
	// between is called before each step of writing; nil but in tests.
	between disk.Hook
}

var _ backup.Archives = (*Archives)(nil)

// New makes backups of the trust folder in a directory.
func New(trustDir string) *Archives { return &Archives{outside: trustDir, cost: workFactor} }

// Ready looks at the path and the lock of a backup. See backup.Archives of the use cases.
func (a *Archives) Ready(path string, lock backup.Encryption) error {
	_, err := newEncryption(lock, a.cost)
	if err == nil {
		err = a.free(path)
	}
	if err != nil {
		return fault(path, err)
	}
	return nil
}

// Write puts a backup into a new file. See backup.Archives of the use cases.
func (a *Archives) Write(ctx context.Context, path string, b backup.Content, lock backup.Encryption) (func(context.Context) (backup.Content, error), error) {
	listing, err := a.write(ctx, path, b, lock)
	if err != nil {
		return nil, fault(path, err)
	}
	return listing, nil
}

func (a *Archives) write(ctx context.Context, path string, b backup.Content, lock backup.Encryption) (func(context.Context) (backup.Content, error), error) {
	listing, err := encodeManifest(&b)
	if err != nil {
		return nil, systemFlaw(Unwritable, "cannot be written", err)
	}
	if _, err := decodeManifest(listing); err != nil {
		return nil, unfit(err)
	}
	e, err := newEncryption(lock, a.cost)
	if err != nil {
		return nil, err
	}
	if err := a.free(path); err != nil {
		return nil, err
	}
	dir, err := os.OpenRoot(filepath.Dir(path))
	if err != nil {
		return nil, systemFlaw(Unwritable, "cannot be written: its folder cannot be opened", err)
	}
	defer func() { _ = dir.Close() }()
	// A process that is killed may leave the temporary file, which only its owner can read.
	file := disk.File{Dir: dir, Name: filepath.Base(path), New: true, Hook: a.between}
	err = file.Fill(func(out io.Writer) error { return fill(ctx, out, e, listing, &b) })
	if err != nil {
		return nil, writeFlaw(err)
	}
	return func(ctx context.Context) (backup.Content, error) {
		return readBack(ctx, path, e, lock, listing)
	}, nil
}

// unfit says that a trust folder holds what its own backup could not be read with.
func unfit(err error) error {
	if found, ok := errors.AsType[*flaw](err); ok {
		return flawf(Unfit, "cannot be written, because it would be unreadable: it %s", found.Text)
	}
	return err
}

// free refuses paths at which there is something, and those in the trust folder.
func (a *Archives) free(path string) error {
	if _, err := os.Lstat(path); err == nil {
		return flawf(Present, "already exists; it was not changed")
	}
	trust, err := os.Stat(a.outside)
	if err != nil {
		return nil //nolint:nilerr // what is not there has nothing in it
	}
	at, err := filepath.Abs(filepath.Dir(path))
	if err == nil {
		at, err = filepath.EvalSymlinks(at)
	}
	if err != nil {
		return systemFlaw(Unwritable, "cannot be written: its folder cannot be opened", err)
	}
	for {
		if here, err := os.Stat(at); err == nil && os.SameFile(here, trust) {
			return flawf(Inside, "would be inside the trust folder that it backs up")
		}
		if at == filepath.Dir(at) {
			return nil
		}
		at = filepath.Dir(at)
	}
}

// writeFlaw says why a file was not written.
func writeFlaw(err error) error {
	var found *flaw
	switch {
	case errors.As(err, &found):
		return found
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	case errors.Is(err, fs.ErrExist):
		return flawf(Present, "already exists; it was not changed")
	case errors.Is(err, disk.ErrUnconfirmed):
		return systemFlaw(Unconfirmed, "was written, but the system doesn't confirm that it is on disk", err)
	default:
		return systemFlaw(Unwritable, "cannot be written", err)
	}
}

// fill writes the archive itself.
func fill(ctx context.Context, out io.Writer, e *encryption, listing []byte, b *backup.Content) error {
	locked, err := e.around(out)
	if err != nil {
		return err
	}
	packed := gzip.NewWriter(locked)
	w := tar.NewWriter(packed)
	if err := entry(w, manifestName, listing, b.Created); err != nil {
		return err
	}
	made := map[string]bool{}
	for _, f := range b.Files {
		if err := ctx.Err(); err != nil {
			return err
		}
		for _, folder := range parents(f.Path) {
			if made[folder] {
				continue
			}
			made[folder] = true
			head := tar.Header{Typeflag: tar.TypeDir, Name: folder + "/", Mode: 0o700, ModTime: b.Created.Truncate(time.Second)}
			if err := w.WriteHeader(&head); err != nil {
				return err
			}
		}
		if err := entry(w, f.Path, f.Bytes, b.Created); err != nil {
			return err
		}
	}
	return errors.Join(w.Close(), packed.Close(), locked.Close())
}

func entry(w *tar.Writer, name string, content []byte, at time.Time) error {
	head := tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: 0o600, Size: int64(len(content)), ModTime: at.Truncate(time.Second)}
	if err := w.WriteHeader(&head); err != nil {
		return err
	}
	_, err := w.Write(content)
	return err
}

// parents are the folders above a path, outermost first.
func parents(at string) []string {
	var out []string
	for dir := path.Dir(at); dir != "."; dir = path.Dir(dir) {
		out = append([]string{dir}, out...)
	}
	return out
}

// readBack reads what was just written from the disk, and compares its manifest with
// the one that was meant.
func readBack(ctx context.Context, path string, e *encryption, lock backup.Encryption, listing []byte) (backup.Content, error) {
	file, err := openArchive(path)
	if err != nil {
		return backup.Content{}, fault(path, err)
	}
	defer func() { _ = file.Close() }()
	in, form, err := e.reopen(file, lock)
	if err != nil {
		return backup.Content{}, fault(path, err)
	}
	b, text, err := unpack(ctx, in)
	if err == nil && !bytes.Equal(text, listing) {
		b.Wipe()
		err = flawf(Mismatch, "doesn't contain what was just written")
	}
	if err != nil {
		return backup.Content{}, fault(path, err)
	}
	b.Form = form
	return b, nil
}
