package trustdir

import (
	"errors"
	"io/fs"
	"path/filepath"
	"strings"
	"time"

	"trustdeck/internal/disk"
	"trustdeck/keystore/defect"
	"trustdeck/model"
)

// tempPrefix begins the name of a file that is being written, which goes on with
// the name of the file without its ending. Notary and Keys look at nothing that does
// not end in .key, or among metadata in .json.
const tempPrefix = ".trustdeck-"

func tempName(name string) string {
	if rest, ok := strings.CutPrefix(name, tempPrefix); ok { // it belongs to a change of passphrases
		return tempPrefix + strings.TrimPrefix(rest, stagedPrefix) + ".new"
	}
	return tempPrefix + strings.TrimSuffix(strings.TrimSuffix(name, keyEnding), metadataEnding)
}

// commit puts a file into a folder, whole or not at all: under a name that nothing has,
// or, where ready is not nil, in the place of the file that ready has looked at once more
// at the very moment. Notary and Docker take no lock, so that only the system can tell
// whether a name is free.
func (s *Store) commit(f *folder, name string, text []byte, ready func() error) error {
	return changeFlaw(disk.File{
		Dir: f.root, Name: name, Temp: tempName(name), New: ready == nil, Ready: ready, Hook: s.between,
	}.Write(text))
}

// remove deletes the file called name in f.
func (s *Store) remove(f *folder, name string) error {
	return changeFlaw(disk.Remove(f.root, name, s.between))
}

// changeFlaw makes a flaw of why a change was not made, or not for certain.
func changeFlaw(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, fs.ErrExist):
		return present()
	case errors.Is(err, disk.ErrUnconfirmed):
		return &flaw{Reason: Unconfirmed, Text: "was changed, but the system doesn't confirm that the change is on disk", Cause: err}
	default:
		return writeFlaw(err)
	}
}

// still refuses to go on with a file that is no longer what was read, as where
// Notary has written or removed it meanwhile.
func (f *folder) still(name string, modified time.Time) error {
	now, err := f.root.Lstat(name)
	switch {
	case err != nil:
		return readFlaw(err)
	case !now.Mode().IsRegular() || !now.ModTime().Equal(modified):
		return flawf(Changed, "was changed by another program at the same time; trustdeck didn't change it")
	default:
		return nil
	}
}

// sweep removes what a crash has left behind: under the lock, nobody is writing
// it any more. Nothing else has such a name. Files that wait for their names go too where no
// change of passphrases will give them those.
func (f *folder) sweep(waiting bool) error {
	budget := maxEntries
	names, err := f.names(&budget)
	if err != nil {
		return err
	}
	for _, name := range names {
		rest, ok := strings.CutPrefix(name, tempPrefix)
		if staged, is := strings.CutPrefix(rest, stagedPrefix); is && waiting {
			rest = staged
		}
		id, _, _ := strings.Cut(rest, "_")
		id, _, _ = strings.Cut(id, ".") // as of a file that is put aside
		if _, err := model.ParseKeyID(id); name != tempName(recordName) && (!ok || err != nil) {
			continue
		}
		if info, err := f.root.Lstat(name); err != nil || !info.Mode().IsRegular() {
			continue
		}
		if err := f.root.Remove(name); err != nil {
			return writeFlaw(err)
		}
	}
	return nil
}

// sync makes the names in a folder last.
func (f *folder) sync() error { return disk.Sync(f.root) }

// makeFolder makes the folder of private keys and those above it where they are
// not there.
func (s *Store) makeFolder() error {
	if err := disk.MakeFolder(filepath.Join(s.dir, privateDir), 0o700); err != nil {
		return writeFlaw(err)
	}
	return nil
}

// writeFlaw wraps an error of the operating system, and leaves a flaw as it is.
func writeFlaw(err error) error {
	if found, ok := asFlaw(err); ok {
		return found
	}
	return defect.System(Unwritable, "cannot be written", err)
}
