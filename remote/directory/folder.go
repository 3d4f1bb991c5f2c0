package directory

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"trustdeck/internal/disk"
	"trustdeck/model"
	"trustdeck/model/port"
)

// Folder is a repository in a folder of this machine. It is safe for concurrent use, and
// holds nothing open: each call sees the folder as it is then.
type Folder struct {
	path string
	gun  model.GUN
	// patience is how long another trustdeck may write.
	patience time.Duration
	// hook is for tests.
	hook disk.Hook
}

var _ port.Remote = (*Folder)(nil)

// NewFolder is the repository in the folder at an absolute path, under the name that the
// program gives it. Nothing is read yet: Ping says whether there is a repository.
func NewFolder(path string, gun model.GUN) *Folder {
	return &Folder{path: filepath.Clean(path), gun: gun, patience: patience}
}

// Source names the folder.
func (f *Folder) Source() model.Source {
	return model.Source{Kind: model.SourceFolder, Name: f.path}
}

// Ping checks that there is a repository.
func (f *Folder) Ping(ctx context.Context) error {
	if err := canceled(ctx); err != nil {
		return err
	}
	at, err := openLayout(f.path)
	if err != nil {
		return err
	}
	at.close()
	return nil
}

// Repositories is the one that the folder holds.
func (f *Folder) Repositories(ctx context.Context) ([]port.Listed, error) {
	if err := f.Ping(ctx); err != nil {
		return nil, err
	}
	return []port.Listed{{GUN: f.gun}}, nil
}

// Read returns one file. A version is the file with it in its name, else the one without a
// version in its name, unless that states another one. The current file of a role is the
// one without a version in its name, else the one with the highest; that of root is the
// highest of all, for a root.json may have been left behind. What a publish has staged and
// not yet put in its place is not read: other clients don't see it either.
func (f *Folder) Read(ctx context.Context, gun model.GUN, ref port.Ref) (port.File, error) {
	if err := canceled(ctx); err != nil {
		return port.File{}, err
	}
	if gun != f.gun {
		return port.File{}, otherRepository(f.path, gun)
	}
	if ref.Role == "" {
		return port.File{}, notKept(f.path, ref)
	}
	at, err := openFolder(f.path)
	if err != nil {
		return port.File{}, f.absent(err)
	}
	defer at.close()
	if !at.found { // as at a server that does not have the repository
		fault := at.noRepository()
		fault.Kind = model.FaultNotFound
		return port.File{}, fault
	}
	file, err := at.find(ref)
	switch {
	case err == nil && hashed(file, ref.SHA256):
		return file, nil
	case err == nil && ref.Version == 0:
		file, err = at.search(ref)
	case err == nil:
		err = notKept(f.path, ref)
	}
	return file, at.interrupted(err)
}

// absent has a folder that is not there be one without a repository, which a publish makes,
// where it can: in a folder that is there. The error stays what it is in any other case.
func (f *Folder) absent(err error) error {
	fault, ok := errors.AsType[*model.Fault](err)
	if !ok || !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	_, link := os.Lstat(f.path)
	in, above := os.Stat(filepath.Dir(f.path))
	if !errors.Is(link, fs.ErrNotExist) || above != nil || !in.IsDir() {
		return err
	}
	out := *fault
	out.Kind = model.FaultNotFound
	return &out
}

// interrupted names the way out where a file is missing because a publish was cut off.
func (l *layout) interrupted(err error) error {
	fault, ok := errors.AsType[*model.Fault](err)
	if !ok || fault.Kind != model.FaultNotFound || !l.base.waits() {
		return err
	}
	out := *fault
	out.Hint = finishHint
	return &out
}

// find returns the file of a version, or the current one.
func (l *layout) find(ref port.Ref) (port.File, error) {
	switch {
	case ref.Version != 0:
		return l.version(ref)
	case ref.Role == model.RoleRoot:
		return l.newestRoot(ref)
	}
	file, _, err := l.read(l.base, ref, 0)
	if model.KindOf(err) != model.FaultNotFound || ref.Role == model.RoleTimestamp {
		return file, err
	}
	files, err := l.numbered(ref.Role)
	if err != nil || len(files) == 0 {
		return port.File{}, cmp.Or[error](err, notKept(l.path, ref))
	}
	file, err = files[0].read(ref.Limit)
	return file, err
}

// version returns the file of one version.
func (l *layout) version(ref port.Ref) (port.File, error) {
	for _, place := range l.placesOf(ref.Role) {
		file, _, err := l.read(place, ref, ref.Version)
		if model.KindOf(err) != model.FaultNotFound {
			return file, err
		}
	}
	file, path, err := l.read(l.base, ref, 0)
	if err != nil {
		return port.File{}, err
	}
	if fault := otherVersion(path, file.Bytes, ref.Version); fault != nil {
		return port.File{}, fault
	}
	return file, nil
}

// newestRoot returns the root with the highest version.
func (l *layout) newestRoot(ref port.Ref) (port.File, error) {
	files, err := l.numbered(model.RoleRoot)
	if err != nil {
		return port.File{}, err
	}
	plain, _, err := l.read(l.base, ref, 0)
	if len(files) == 0 {
		return plain, err
	}
	if err == nil {
		if version, ok := stated(plain.Bytes); ok && version >= files[0].version {
			return plain, nil
		}
	}
	return files[0].read(ref.Limit)
}

// search looks for a file by its hash among all versions, newest first.
func (l *layout) search(ref port.Ref) (port.File, error) {
	files, err := l.numbered(ref.Role)
	if err != nil {
		return port.File{}, err
	}
	for _, n := range files {
		if file, err := n.read(ref.Limit); err == nil && hashed(file, ref.SHA256) {
			return file, nil
		}
	}
	return port.File{}, notKept(l.path, ref)
}

// maxListed is the most bytes that are read of a file to list it.
const maxListed = 100 << 20

// Changes lists the files that have a version in their name, the oldest first: their ID is
// the name, and their hash that of the file. A folder that keeps no versions has no
// history, which is FaultNotFound.
func (f *Folder) Changes(ctx context.Context, gun model.GUN) ([]port.Change, error) {
	if gun != f.gun {
		return nil, otherRepository(f.path, gun)
	}
	at, err := openLayout(f.path)
	if err != nil {
		return nil, err
	}
	defer at.close()
	files, err := at.numbered("")
	if err != nil {
		return nil, err
	}
	if len(files) == 0 {
		return nil, &model.Fault{Kind: model.FaultNotFound, Subject: f.path, Text: "it keeps no earlier versions, so it has no history", Hint: "open a copy that keeps them"}
	}
	var out []port.Change
	for _, n := range files {
		if err := canceled(ctx); err != nil {
			return nil, err
		}
		file, err := n.read(maxListed)
		if err != nil {
			var fault *model.Fault
			if errors.As(err, &fault) && fault.Kind == model.FaultNotFound {
				continue // it has vanished meanwhile
			}
			return nil, err
		}
		sum := sha256.Sum256(file.Bytes)
		out = append(out, port.Change{ID: n.name, GUN: gun, Time: file.Modified, Version: n.version, SHA256: hex.EncodeToString(sum[:])})
	}
	slices.SortStableFunc(out, func(a, b port.Change) int {
		return cmp.Or(a.Time.Compare(b.Time), cmp.Compare(a.Version, b.Version), cmp.Compare(a.ID, b.ID))
	})
	return out, nil
}
