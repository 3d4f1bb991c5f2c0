package trustdir

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"

	"github.com/gofrs/flock"

	"trustdeck/model"
)

const (
	// lockName is the file by which trustdecks keep out of each other's way.
	// Notary and Docker know no lock.
	lockName = ".trustdeck.lock"
	// tempPrefix marks a file that is being written. Notary looks at files with
	// the ending .key only.
	tempPrefix = ".trustdeck-"
	// lockWait is how long another trustdeck may write.
	lockWait = 10 * time.Second
)

// The steps of writing a file, in order: a crash may come before each of them.
const (
	stepCreate = "create"
	stepWrite  = "write"
	stepSync   = "sync"
	stepName   = "name"
	stepFolder = "sync folder"
)

// Add keeps a private key under a passphrase, in the very form that Notary and
// Docker write. label is the role header: root, targets, snapshot, or the name of
// a signer; gun is empty for root and delegation keys. A key that is there
// already is left as it is, and reported as such. When Add returns, the key
// outlasts a crash.
func (s *Store) Add(ctx context.Context, private crypto.Signer, label string, gun model.GUN, passphrase []byte) (*Key, error) {
	public, err := describe(private.Public())
	if err != nil {
		return nil, fault(s.dir, err)
	}
	name := string(public.id) + keyEnding
	path := filepath.Join(s.dir, privateDir, name)
	if len(passphrase) == 0 {
		return nil, &model.Fault{
			Kind: model.FaultSecret, Subject: printable(path), Text: "a private key is never kept without a passphrase",
			Hint: "Choose one; Docker asks for at least 8 characters.",
		}
	}
	text, err := seal(private, label, gun, passphrase)
	if err != nil {
		return nil, fault(path, err)
	}
	defer clear(text)
	if err := s.keep(ctx, name, text); err != nil {
		return nil, fault(path, err)
	}
	info := model.PrivateKey{
		ID: public.id, Label: label, GUN: gun, Algorithm: public.algorithm, Encrypted: true,
		Encoding: (&pbes2{prf: prfs[0], cipher: ciphers[0]}).String(), Place: place, Path: path,
	}
	return newKey(info, private, public)
}

// Generate makes an ECDSA P-256 key, as Notary does, and adds it.
func (s *Store) Generate(ctx context.Context, label string, gun model.GUN, passphrase []byte) (*Key, error) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make a key: %w", err)
	}
	return s.Add(ctx, private, label, gun, passphrase)
}

// keep writes a new file into the folder of private keys.
func (s *Store) keep(ctx context.Context, name string, text []byte) error {
	if err := os.MkdirAll(filepath.Join(s.dir, privateDir), 0o700); err != nil {
		return writeFlaw(err)
	}
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
	f, err := top.sub(privateDir)
	if err != nil {
		return err
	}
	defer f.close()
	if err := f.sweep(); err != nil {
		return err
	}
	if _, err := f.root.Lstat(name); err == nil {
		return &flaw{reason: Present, text: "is there already; it was left as it is"}
	} else if !errors.Is(err, fs.ErrNotExist) {
		return readFlaw(err)
	}
	return s.write(f, name, text)
}

// write gives a file its name only when all of it is on the disk.
func (s *Store) write(f *folder, name string, text []byte) error {
	temp := tempPrefix + strings.TrimSuffix(name, keyEnding)
	var file *os.File
	steps := []struct {
		name string
		do   func() error
	}{
		{stepCreate, func() (err error) {
			file, err = f.root.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
			return err
		}},
		{stepWrite, func() error { _, err := file.Write(text); return err }},
		{stepSync, func() error { return errors.Join(file.Sync(), file.Close()) }},
		{stepName, func() error { return f.root.Rename(temp, name) }},
		{stepFolder, f.sync},
	}
	for _, step := range steps {
		err := s.at(step.name)
		if err == nil {
			err = step.do()
		}
		if err == nil {
			continue
		}
		if file != nil {
			_ = file.Close()
			_ = f.root.Remove(temp) // the next write removes what is left
		}
		return writeFlaw(err)
	}
	return nil
}

// at lets tests come in between two steps.
func (s *Store) at(step string) error {
	if s.between == nil {
		return nil
	}
	return s.between(step)
}

// sync makes the names in a folder last. Windows cannot do so, and needs not.
func (f *folder) sync() error {
	if runtime.GOOS == "windows" {
		return nil
	}
	dir, err := f.root.Open(".")
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

// sweep removes what a crash has left behind: under the lock, nobody is writing
// it any more.
func (f *folder) sweep() error {
	budget := maxEntries
	names, err := f.names(&budget)
	if err != nil {
		return err
	}
	for _, name := range names {
		if strings.HasPrefix(name, tempPrefix) {
			if err := f.root.Remove(name); err != nil {
				return writeFlaw(err)
			}
		}
	}
	return nil
}

// lock keeps other trustdecks from writing to the folder. The lock goes with the
// process, so that a crash leaves none behind.
func (s *Store) lock(ctx context.Context) (unlock func(), err error) {
	lock := flock.New(filepath.Join(s.dir, lockName), flock.SetPermissions(0o600))
	ctx, cancel := context.WithTimeout(ctx, lockWait)
	defer cancel()
	locked, err := lock.TryLockContext(ctx, 10*time.Millisecond)
	switch {
	case locked:
		return func() { _ = lock.Unlock() }, nil
	case errors.Is(err, context.DeadlineExceeded):
		return nil, &flaw{reason: Unwritable, text: "another trustdeck is writing to the trust folder"}
	case ctx.Err() != nil:
		return nil, ctx.Err()
	default:
		return nil, writeFlaw(err)
	}
}

// writeFlaw wraps an error of the operating system.
func writeFlaw(err error) error {
	text := "cannot be written"
	var errno syscall.Errno
	if errors.As(err, &errno) {
		text = fmt.Sprintf("cannot be written: %s", errno)
	}
	return &flaw{reason: Unwritable, text: text, cause: err}
}
