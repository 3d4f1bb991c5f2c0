package archive

import (
	_ "embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync"

	"trustdeck/internal/disk"
	"trustdeck/model"
	"trustdeck/model/admin/archive"
	"trustdeck/model/port"
)

// readme explains an archive to those who have nothing but the archive.
//
//go:embed README.txt
var readme []byte

// A Writer writes an archive. It satisfies the Vault of the use case. Close releases the
// archive for others; only Seal ends a run properly, and what was saved without
// it is found again by the next one.
type Writer struct {
	name  string
	store store
	// release gives up the lock and the folder.
	release func() error

	// mu guards what follows.
	mu sync.Mutex
	m  *manifest
	// claimed are the paths that are being written.
	claimed map[string]bool
	// damaged are the listed files that are missing or altered.
	damaged map[string]bool
}

var _ archive.Vault = (*Writer)(nil)

// Create opens a folder for writing: a new or empty one, or an archive, which
// is then brought up to date. The clock gives the date of a new archive.
// Errors are *model.Fault: the folder is neither empty nor an archive, another
// writer is at work, the manifest is damaged or of another format, or the disk
// fails.
func Create(dir string, now port.Clock) (*Writer, error) {
	if err := os.MkdirAll(dir, dirMode); err != nil {
		return nil, diskFault(dir, "the folder cannot be made", err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, diskFault(dir, "the folder cannot be opened", err)
	}
	d := &folder{root: root}
	unlock, err := claimFolder(dir, root)
	if err != nil {
		_ = root.Close()
		return nil, err
	}
	release := func() error { return errors.Join(unlock(), root.Close()) }
	w, err := newWriter(dir, d, now)
	if err != nil {
		_ = release()
		return nil, err
	}
	w.release = release
	return w, nil
}

// claimFolder checks that a folder may be written to, and locks it.
func claimFolder(dir string, root *os.Root) (unlock func() error, err error) {
	if err := emptyOrArchive(dir, root.FS()); err != nil {
		return nil, err
	}
	unlock, err = disk.TryLock(filepath.Join(dir, lockName), fileMode)
	var refused *fs.PathError
	switch {
	case err == nil:
		return unlock, nil
	case errors.As(err, &refused):
		return nil, diskFault(dir, "the folder cannot be written to", err)
	case !errors.Is(err, disk.ErrLocked):
		return nil, diskFault(dir, "the folder cannot be locked", err)
	}
	return nil, &model.Fault{
		Kind: model.FaultLocal, Subject: dir, Text: "another trustdeck is writing to this archive",
		Hint: "Wait until it has finished, or archive into another folder.",
	}
}

// emptyOrArchive refuses a folder in which there is something else.
func emptyOrArchive(dir string, fsys fs.FS) error {
	entries, err := fs.ReadDir(fsys, ".")
	if err != nil {
		return diskFault(dir, "the folder cannot be read", err)
	}
	foreign := ""
	for _, e := range entries {
		switch e.Name() {
		case manifestName:
			return nil
		case lockName, readmeName, manifestName + partialSuffix, readmeName + partialSuffix:
			// What a run leaves that was killed before it wrote a manifest.
		default:
			foreign = e.Name()
		}
	}
	if foreign == "" {
		return nil
	}
	return &model.Fault{
		Kind: model.FaultLocal, Subject: dir, Text: fmt.Sprintf("the folder is neither empty nor an archive: it contains %q", clip(foreign)),
		Hint: "Give a new folder, or one that the archive command wrote.",
	}
}

// newWriter reads what is there, completes it by what a killed run has left,
// and makes sure that the folder is an archive from the first moment on.
func newWriter(name string, d store, now port.Clock) (*Writer, error) {
	w := &Writer{name: name, store: d, claimed: map[string]bool{}, damaged: map[string]bool{}}
	m, clean, err := contents(d.FS())
	switch {
	case errors.Is(err, fs.ErrNotExist):
		date := now().UTC()
		m = &manifest{Schema: Schema, Created: date, Updated: date, Repositories: []*repository{}}
	case err != nil:
		return nil, manifestFault(name, err)
	}
	w.m = m
	if err := w.placeIfNew(readmeName, readme); err != nil {
		return nil, err
	}
	if err != nil || !clean {
		if err := w.sweep(); err != nil {
			return nil, err
		}
		if err := w.writeManifest(); err != nil {
			return nil, err
		}
	}
	// From here to Seal, a journal tells that a run is on.
	if err := d.Place(journalName, nil); err != nil {
		return nil, diskFault(name+"/"+journalName, "the journal could not be written", err)
	}
	return w, nil
}

// sweep removes half-written files that a killed run has left.
func (w *Writer) sweep() error {
	err := fs.WalkDir(w.store.FS(), ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || !strings.HasSuffix(name, partialSuffix) {
			return err
		}
		return w.store.Remove(name)
	})
	if err != nil {
		return diskFault(w.name, "partly written files could not be removed", err)
	}
	return nil
}

// Close releases the archive.
func (w *Writer) Close() error {
	if err := w.release(); err != nil {
		return diskFault(w.name, "the archive could not be closed", err)
	}
	return nil
}

// place writes a file so that it is there in whole or not at all.
func (w *Writer) place(name string, data []byte) error {
	err := w.store.Mkdir(path.Dir(name))
	if err == nil {
		err = w.store.Place(name, data)
	}
	if err != nil {
		return diskFault(w.name+"/"+name, "the file could not be written", err)
	}
	return nil
}

// placeIfNew writes a file unless it is there with the same bytes.
func (w *Writer) placeIfNew(name string, data []byte) error {
	if have, err := readWhole(w.store.FS(), name, int64(len(data))); err == nil && string(have) == string(data) {
		return nil
	}
	return w.place(name, data)
}

// writeManifest writes the manifest and ends the journal, whose lines it holds
// now. Killed between the two, the next run applies lines that are applied
// already, which changes nothing.
func (w *Writer) writeManifest() error {
	data, err := w.m.encode()
	if err != nil {
		return diskFault(w.name, "the manifest could not be made", err)
	}
	if err := w.place(manifestName, data); err != nil {
		return err
	}
	if err := w.store.Remove(journalName); err != nil {
		return diskFault(w.name+"/"+journalName, "the journal could not be removed", err)
	}
	return nil
}

// note adds a line to the journal. The caller holds w.mu.
func (w *Writer) note(r record, sync bool) error {
	line, err := r.encode()
	if err == nil {
		err = w.store.Append(journalName, line, sync)
	}
	if err != nil {
		return diskFault(w.name+"/"+journalName, "the journal could not be written", err)
	}
	return nil
}

// diskFault says that this machine failed, and that nothing is lost.
func diskFault(subject, text string, err error) error {
	return &model.Fault{
		Kind: model.FaultLocal, Subject: subject, Text: text + ": " + cause(err), Err: err,
		Hint: "Everything saved so far is complete. Fix the disk, its free space or its permissions, then run the same command again.",
	}
}
