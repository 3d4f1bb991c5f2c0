package disk

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"strconv"
)

// Edit is what a Batch does to one file.
type Edit struct {
	// Name is that of the file below the folder of the batch, with slashes.
	Name string
	// Was is the Sum of what the file holds before; empty where there is no file.
	Was string
	// Content is what it holds afterwards; nil removes it.
	Content []byte
	// Mode has its permissions, less the umask; 0 stands for 0600.
	Mode fs.FileMode
}

// Batch changes several files below a folder, all or none, in an order that matters to
// readers. All new content is written into a folder of its own first, then a manifest of
// what takes the place of what: from then on the batch is committed. Then each file gets
// its name, and last the manifest and the folder are removed. After a crash either no file
// has changed, or Settle finishes the rest.
//
// Readers see each file whole, and those that are behind in the order later. Run and Settle
// must be called under a lock.
type Batch struct {
	// Dir is the folder.
	Dir *os.Root
	// Name is that of the folder in Dir in which a batch waits. Nothing else may use it.
	Name string
	// May reports whether a batch can be about the file of a name: a manifest may come from
	// somebody else, with the folder.
	May func(name string) bool
	// Hook is for tests.
	Hook Hook
}

// BatchError says at which file a batch has stopped.
type BatchError struct {
	// Name is the file in Dir, with slashes.
	Name string
	// Committed tells that the batch waits to be finished by Settle. Otherwise nothing has
	// changed.
	Committed bool
	// Err is the cause.
	Err error
}

// Error names the file and the cause.
func (e *BatchError) Error() string { return fmt.Sprintf("%s: %v", e.Name, e.Err) }

// Unwrap returns the cause.
func (e *BatchError) Unwrap() error { return e.Err }

var (
	// ErrChanged is why a file is left alone: it holds neither what it held when the batch
	// was made nor what the batch brings.
	ErrChanged = errors.New("another program has changed it")
	// ErrManifest is why a batch cannot be finished: its manifest or its files are not as
	// they were written.
	ErrManifest = errors.New("it is damaged")
)

// The names in the folder of a batch, besides those of its files, which are numbers.
const (
	manifestName = "manifest"
	partName     = "new"
)

// Run makes the edits. The errors are of type *BatchError.
func (b Batch) Run(edits []Edit) error {
	m := newManifest(edits)
	staged, err := b.stage(edits)
	if err == nil {
		err = b.commit(staged, m)
	}
	if err != nil {
		if staged != nil {
			err = errors.Join(err, b.discard(staged))
			_ = staged.Close()
		}
		return b.stopped(err)
	}
	defer func() { _ = staged.Close() }()
	return b.finish(staged, m)
}

// stopped gives an error the name of the batch's folder, where it names nothing else.
func (b Batch) stopped(err error) error {
	if found, ok := errors.AsType[*BatchError](err); ok {
		return found
	}
	return &BatchError{Name: b.Name, Err: err}
}

// stage writes the new content; that of a file that is removed is a mark that it waits.
func (b Batch) stage(edits []Edit) (staged *os.Root, err error) {
	err = b.Hook.take(StepCreate, nil, func() error { return b.Dir.Mkdir(b.Name, 0o700) })
	if err == nil {
		staged, err = OpenIn(b.Dir, b.Name)
	}
	if err != nil {
		return nil, err
	}
	for i, e := range edits {
		f := File{Dir: staged, Name: strconv.Itoa(i), Temp: partName, Mode: e.Mode, SyncLater: true, Hook: b.Hook}
		f.Disposable = e.Content == nil // a mark has no content to wait for
		if err := f.Write(e.Content); err != nil {
			return staged, &BatchError{Name: e.Name, Err: err}
		}
	}
	return staged, errors.Join(confirm(b.Hook, nil, staged), confirm(b.Hook, nil, b.Dir))
}

// commit writes the manifest, if all files are still as they were.
func (b Batch) commit(staged *os.Root, m manifest) error {
	for _, e := range m.Edits {
		now, err := b.sum(e.Name)
		if err == nil && now != e.Was {
			err = ErrChanged
		}
		if err != nil {
			return &BatchError{Name: e.Name, Err: err}
		}
	}
	return File{Dir: staged, Name: manifestName, Temp: partName, Hook: b.Hook}.Write(m.encode())
}

// Settle ends what a crash has cut off: it finishes a batch that is committed, and removes
// any other. The errors are of type *BatchError.
func (b Batch) Settle() (finished bool, err error) {
	staged, m, err := b.open()
	if err != nil || staged == nil {
		return false, err
	}
	defer func() { _ = staged.Close() }()
	if m == nil {
		if err := b.discard(staged); err != nil {
			return false, b.stopped(err)
		}
		return false, nil
	}
	if err := b.finish(staged, *m); err != nil {
		return false, err
	}
	return true, nil
}

// Waiting lists the files that a committed batch has still to change. It only reads. The
// errors are of type *BatchError.
func (b Batch) Waiting() ([]string, error) {
	staged, m, err := b.open()
	if err != nil || staged == nil {
		return nil, err
	}
	defer func() { _ = staged.Close() }()
	var out []string
	for i := 0; m != nil && i < len(m.Edits); i++ {
		if _, err := staged.Lstat(strconv.Itoa(i)); err == nil {
			out = append(out, m.Edits[i].Name)
		}
	}
	return out, nil
}

// open reads what is there of a batch: nothing, its folder, or its manifest too.
func (b Batch) open() (staged *os.Root, m *manifest, err error) {
	staged, err = OpenIn(b.Dir, b.Name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, b.stopped(err)
	}
	raw, _, err := ReadIn(staged, manifestName, maxManifest)
	if errors.Is(err, fs.ErrNotExist) {
		return staged, nil, nil
	}
	if err == nil {
		m, err = parseManifest(raw, b.May)
	}
	if err != nil {
		_ = staged.Close()
		return nil, nil, &BatchError{Name: path.Join(b.Name, manifestName), Committed: true, Err: err}
	}
	return staged, m, nil
}

// finish gives the files their names, and removes what is left of the batch. A file that
// was changed by somebody else keeps all that wait as they are.
func (b Batch) finish(staged *os.Root, m manifest) error {
	for _, do := range []func(*os.Root, int, entry) error{b.check, b.place} {
		for i, e := range m.Edits {
			if err := do(staged, i, e); err != nil {
				return &BatchError{Name: e.Name, Committed: true, Err: err}
			}
		}
	}
	for _, folder := range m.folders() {
		if err := b.syncFolder(folder); err != nil {
			return &BatchError{Name: folder, Committed: true, Err: err}
		}
	}
	// All is done: what cannot be removed waits for nothing, and the next Settle removes it.
	_ = b.discard(staged)
	return nil
}

// check looks whether a file can be changed. Once what waits for it has moved to its place,
// it is somebody else's to change.
func (b Batch) check(staged *os.Root, i int, e entry) error {
	waits, err := sumIn(staged, strconv.Itoa(i))
	switch {
	case err != nil:
		return err
	case waits == "":
		return nil
	case waits != e.staged():
		return ErrManifest
	}
	now, err := b.sum(e.Name)
	if err == nil && now != e.Was && now != e.Now {
		err = ErrChanged
	}
	return err
}

// place changes a file, if that was not done before.
func (b Batch) place(staged *os.Root, i int, e entry) error {
	from := strconv.Itoa(i)
	if _, err := staged.Lstat(from); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	now, err := b.sum(e.Name)
	switch {
	case err != nil:
		return err
	case now == e.Now:
	case now != e.Was:
		return ErrChanged
	case e.Now == "":
		if err := b.Hook.take(StepRemove, nil, func() error { return b.Dir.Remove(e.Name) }); err != nil {
			return err
		}
	default:
		return b.Hook.take(StepName, nil, func() error { return b.rename(path.Join(b.Name, from), e) })
	}
	return b.Hook.take(StepRemove, nil, func() error { return staged.Remove(from) })
}

// rename gives a file its name, and never takes that of one that has appeared meanwhile
// where there was none. Not every file system has second names.
func (b Batch) rename(from string, e entry) error {
	if e.Was == "" {
		if err := byLink(b.Dir, from, e.Name); err == nil || errors.Is(err, fs.ErrExist) {
			return err
		}
	}
	return b.Dir.Rename(from, e.Name)
}

// syncFolder makes the names in a folder last.
func (b Batch) syncFolder(name string) error {
	folder, err := OpenIn(b.Dir, name)
	if err != nil {
		return err
	}
	defer func() { _ = folder.Close() }()
	return confirm(b.Hook, nil, folder)
}

// discard removes the folder of the batch, the manifest first. What somebody else has put
// there stays, and is the error.
func (b Batch) discard(staged *os.Root) error {
	at, err := staged.Open(".")
	if err != nil {
		return err
	}
	names, err := at.Readdirnames(-1)
	if err = errors.Join(err, at.Close()); err != nil {
		return err
	}
	slices.Sort(names)
	slices.Reverse(names) // letters, and so the manifest, before digits
	for _, name := range names {
		if _, err := strconv.ParseUint(name, 10, 32); err != nil && name != manifestName && name != partName {
			return &BatchError{Name: path.Join(b.Name, name), Err: errors.New("it is in the way")}
		}
		if err := b.Hook.take(StepRemove, nil, func() error { return staged.Remove(name) }); err != nil {
			return err
		}
	}
	return b.Hook.take(StepRemove, nil, func() error { return b.Dir.Remove(b.Name) })
}

// sum is the Sum of a file below the folder; empty where there is none.
func (b Batch) sum(name string) (string, error) {
	folder, base := path.Split(name)
	if folder == "" {
		return sumIn(b.Dir, base)
	}
	below, err := OpenIn(b.Dir, path.Clean(folder))
	if err != nil {
		return "", err
	}
	defer func() { _ = below.Close() }()
	return sumIn(below, base)
}
