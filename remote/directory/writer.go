package directory

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"trustdeck/internal/disk"
	"trustdeck/model"
	"trustdeck/model/display"
	"trustdeck/model/port"
)

// What trustdeck has in the folder of the metadata while it writes there. Both are removed
// afterwards, and can be in .gitignore as ".trustdeck-publish*".
const (
	stagingDir = ".trustdeck-publish"
	lockName   = ".trustdeck-publish.lock"
)

// finishHint is the way out where a publish was cut off.
const finishHint = "a publish into this folder was interrupted; finish it with trustdeck resume"

// patience is how long another trustdeck may write into the folder.
const patience = 10 * time.Second

// The permissions of what is new, less the umask: web servers read it.
const (
	folderMode fs.FileMode = 0o755
	fileMode   fs.FileMode = 0o644
)

// batch is how the files of a place are changed together.
func (p place) batch(hook disk.Hook) disk.Batch {
	return disk.Batch{Dir: p.root, Name: stagingDir, May: mayWrite, Hook: hook}
}

// waits reports whether a publish was cut off in a place, or is going on.
func (p place) waits() bool {
	left, err := p.batch(nil).Waiting()
	return err != nil || len(left) > 0
}

// mayWrite reports whether a name can be that of metadata: old roots are in a folder.
func mayWrite(name string) bool {
	base := strings.TrimPrefix(name, historyDir+"/")
	if base != name {
		role, _, ok := parseName(base)
		return ok && role == model.RoleRoot && fileRole(name) != ""
	}
	return fileRole(name) != ""
}

// fileRole is the encoded name of the role, with a version or not, in the name of a file
// that trustdeck may write; empty where it may not.
func fileRole(name string) string {
	base := path.Base(name)
	spelling, ok := strings.CutSuffix(base, extension)
	if !ok || strings.HasPrefix(base, ".") || !filepath.IsLocal(base) || strings.ContainsAny(base, `/\`) {
		return ""
	}
	return spelling
}

// A writer is the repository in a folder while nobody else writes there.
type writer struct {
	*layout
	hook disk.Hook
	// unlock lets others write.
	unlock func()
	// names are what the files in base are called, and newest those with the highest version
	// in their name, by role.
	names  map[string]bool
	newest map[model.RoleName]numberedName
}

// A numberedName is the name of a file that has a version in it.
type numberedName struct {
	version  int64
	spelling string
}

// change runs plan while nobody else writes into the folder, after what was cut off there
// has been finished, and makes the edits that it returns: all or none.
func (f *Folder) change(ctx context.Context, gun model.GUN, plan func(*writer) ([]disk.Edit, error)) error {
	w, err := f.openWriter(ctx, gun)
	if err != nil {
		return err
	}
	defer w.release()
	if _, err := w.settle(); err != nil {
		return err
	}
	if err := w.list(); err != nil {
		return err
	}
	edits, err := plan(w)
	if err == nil {
		err = canceled(ctx)
	}
	if err != nil || len(edits) == 0 {
		return err
	}
	if err := w.base.batch(w.hook).Run(edits); err != nil {
		return w.writeFault(err)
	}
	return nil
}

// open opens the folder of the repository, which must be there, whatever it holds.
func (f *Folder) open(ctx context.Context, gun model.GUN) (*layout, error) {
	if err := canceled(ctx); err != nil {
		return nil, err
	}
	if gun != f.gun {
		return nil, otherRepository(f.path, gun)
	}
	return openFolder(f.path)
}

// openWriter keeps others from writing into the folder, which must be there.
func (f *Folder) openWriter(ctx context.Context, gun model.GUN) (*writer, error) {
	at, err := f.open(ctx, gun)
	if err != nil {
		return nil, err
	}
	unlock, err := disk.LockFolder(ctx, at.base.root, at.base.path, lockName, f.patience)
	if err != nil {
		at.close()
		return nil, lockFault(ctx, at.base.path, err)
	}
	release := func() {
		_ = unlock() // what is left of a lock goes with the process
		at.close()
	}
	// What was there before may have been written by the one that had the lock.
	now, err := openFolder(f.path)
	if err == nil && !sameFolder(at.base.root, now.base.root) {
		now.close()
		err = &model.Fault{
			Kind: model.FaultStale, Subject: display.Quote(f.path), Text: "another program is changing the folder",
			Hint: "try again when it has finished",
		}
	}
	if err != nil {
		release()
		return nil, err
	}
	return &writer{layout: now, hook: f.hook, unlock: release}, nil
}

// release lets others write.
func (w *writer) release() {
	w.close()
	w.unlock()
}

func sameFolder(a, b *os.Root) bool {
	one, err := a.Stat(".")
	if err != nil {
		return false
	}
	other, err := b.Stat(".")
	return err == nil && os.SameFile(one, other)
}

// settle finishes or removes what was cut off.
func (w *writer) settle() (finished bool, err error) {
	finished, err = w.base.batch(w.hook).Settle()
	if err != nil {
		return false, w.settleFault(err)
	}
	return finished, nil
}

// list reads the names of the files in base.
func (w *writer) list() error {
	w.names, w.newest = map[string]bool{}, map[model.RoleName]numberedName{}
	return w.base.each(func(name string) {
		w.names[name] = true
		role, version, ok := parseName(name)
		_, spelling, _ := strings.Cut(strings.TrimSuffix(name, extension), ".")
		if ok && version > w.newest[role].version && slices.Contains(spellings(role), spelling) {
			w.newest[role] = numberedName{version, spelling}
		}
	})
}

// An existing file is what has a name in the folder.
type existing struct {
	raw  []byte
	mode fs.FileMode
}

// keepsRoots reports whether the old roots have a folder of their own in base.
func (w *writer) keepsRoots() bool {
	return len(w.history) > 0 && w.history[0].path == filepath.Join(w.base.path, historyDir)
}

// look reads the file called name below base; nil where nothing has the name.
func (w *writer) look(name string) (*existing, error) {
	in, base := w.base, name
	if rest, ok := strings.CutPrefix(name, historyDir+"/"); ok {
		in, base = w.history[0], rest
	}
	raw, info, err := disk.ReadIn(in.root, base, maxListed)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, fileFault(filepath.Join(in.path, base), err)
	case in == w.base && !w.names[base]:
		return nil, &model.Fault{
			Kind: model.FaultLocal, Subject: display.Quote(filepath.Join(in.path, base)), Text: "this disk doesn't tell it apart from the file of another role, whose name differs only in case",
			Hint: "keep the repository on a disk that tells upper and lower case apart",
		}
	}
	return &existing{raw, info.Mode().Perm()}, nil
}

// Finish finishes a publish or a deletion that was cut off; one that had not got as far as
// to be finished is removed without a trace. Every Publish and Delete does so first.
func (f *Folder) Finish(ctx context.Context, gun model.GUN) (finished bool, err error) {
	w, err := f.openWriter(ctx, gun)
	if err != nil {
		return false, err
	}
	defer w.release()
	return w.settle()
}

// Unfinished lists the files that a publish or a deletion has not changed which was cut off,
// or is going on. It only reads, and Read shows every file as it is.
func (f *Folder) Unfinished(ctx context.Context, gun model.GUN) ([]string, error) {
	at, err := f.open(ctx, gun)
	if err != nil {
		return nil, err
	}
	defer at.close()
	names, err := at.base.batch(nil).Waiting()
	if err != nil {
		return nil, at.settleFault(err)
	}
	return names, nil
}

var (
	_ port.Publisher = (*Folder)(nil)
	_ port.Finisher  = (*Folder)(nil)
	_ port.Uploader  = (*Folder)(nil)
	_ port.Tracked   = (*Folder)(nil)
)
