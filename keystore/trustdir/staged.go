package trustdir

import (
	"context"
	"path/filepath"
	"strings"

	"trustdeck/model"
	"trustdeck/model/notary"
	"trustdeck/model/port"
)

// StagedRepositories lists the repositories in whose changelist something lies,
// sorted by name. The error, a *model.Fault, is for the folder as a whole; what
// could be read is returned with it.
func (s *Store) StagedRepositories(ctx context.Context) ([]port.Listed, error) {
	w, err := s.walkTUF(ctx)
	return w.staged, err
}

// Staged reads the changes to a repository that wait for the next publish, in the
// order in which Notary applies them: that of the file names. Like Notary it
// takes every file for one, whatever its name. A file that cannot be read is
// listed with its Fault; the error, a *model.Fault, is for the folder as a whole.
func (s *Store) Staged(ctx context.Context, gun model.GUN) ([]port.StagedFile, error) {
	var staged []port.StagedFile
	err := s.within(gun, changesDir, func(f *folder) error {
		entries, size := maxEntries, int64(maxChangelist)
		names, err := f.names(&entries)
		if err == nil && len(names) > maxChanges {
			err = flawf(BeyondLimit, "contains more than the limit of %d changes", maxChanges)
		}
		if err != nil {
			return fault(f.path, err)
		}
		for _, name := range names {
			if err := s.stopped(ctx); err != nil {
				return err
			}
			if info, err := f.root.Lstat(name); err != nil || info.IsDir() {
				continue
			}
			file := stagedFile(f, name)
			if size -= int64(len(file.Bytes)); size < 0 {
				return fault(f.path, flawf(BeyondLimit, "contains more than the limit of %d MiB", maxChangelist>>20))
			}
			staged = append(staged, file)
		}
		return nil
	})
	return staged, err
}

func stagedFile(f *folder, name string) port.StagedFile {
	file := port.StagedFile{Name: name, Path: filepath.Join(f.path, name)}
	data, info, err := f.read(name, maxChangeFile)
	if info != nil {
		file.Modified = info.ModTime()
	}
	if found, ok := asFlaw(err); ok {
		file.Fault = flaws{found}.fault(file.Path)
		return file
	}
	file.Bytes = data
	return file
}

// Metadata lists the metadata files that Docker or Notary read last, or wrote
// when they initialised the repository, with the versions that they state.
// Nothing about them is verified. A file that is none is listed with its Fault;
// the error, a *model.Fault, is for the folder as a whole.
func (s *Store) Metadata(ctx context.Context, gun model.GUN) ([]port.LocalFile, error) {
	var found []port.LocalFile
	err := s.within(gun, metadataDir, func(f *folder) error {
		w := metadataWalk{store: s, budget: maxEntries, each: func(f *folder, name string, role model.RoleName) {
			found = append(found, localFile(f, name, role))
		}}
		return w.visit(ctx, f, "", 0)
	})
	return found, err
}

// metadataWalk finds the files of one repository. What lies there and is no role's
// is passed over.
type metadataWalk struct {
	store  *Store
	budget int
	// each is called with every file of a role, and the folder that it is in.
	each func(f *folder, name string, role model.RoleName)
}

// visit reads the folder f, in which the files of the roles directly below parent
// lie; parent is empty for the top-level roles. Its error is a Fault.
func (w *metadataWalk) visit(ctx context.Context, f *folder, parent model.RoleName, depth int) error {
	names, err := f.names(&w.budget)
	if err != nil {
		return fault(f.path, err)
	}
	for _, name := range names {
		if err := w.store.stopped(ctx); err != nil {
			return err
		}
		info, err := f.root.Lstat(name)
		if err != nil {
			continue
		}
		base, isFile := strings.CutSuffix(name, metadataEnding)
		role, err := notary.ParseRole(join(string(parent), base))
		switch {
		case err != nil:
		case info.IsDir() && !isFile && role.HoldsTargets() && depth < maxDepth:
			sub, err := f.sub(name)
			if err != nil {
				continue
			}
			err = w.visit(ctx, sub, role, depth+1)
			sub.close()
			if err != nil {
				return err
			}
		case isFile && !info.IsDir():
			w.each(f, name, role)
		}
	}
	return nil
}

func localFile(f *folder, name string, role model.RoleName) port.LocalFile {
	file := port.LocalFile{Role: role}
	data, info, err := f.read(name, notary.MaxFile)
	if info != nil {
		file.Modified = info.ModTime()
	}
	if err == nil {
		var parsed *notary.File
		if parsed, err = notary.Parse(role, data); err == nil {
			file.Version = parsed.Version
			return file
		}
		err = flawf(Damaged, "is not metadata of %s", role)
	}
	if found, ok := asFlaw(err); ok {
		file.Fault = flaws{found}.fault(filepath.Join(f.path, name))
	}
	return file
}
