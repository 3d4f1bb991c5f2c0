package trustdir

import (
	"context"
	"errors"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"trustdeck/internal/disk"
	"trustdeck/model"
	"trustdeck/model/port"
)

var _ port.TrustData = (*Store)(nil)

// droppedFolder begins the name of a folder beside a changelist. Notary looks into no folder
// of a repository but metadata and changelist.
const droppedFolder = changesDir + ".dropped-"

// RemoveStaged removes files from the changelist of a repository, as Notary does once they
// are published, and returns those that it has removed. One that is not there, or is not what
// its mark says, is left alone. The error is a *model.Fault; files before the one that it is
// about are removed.
func (s *Store) RemoveStaged(ctx context.Context, gun model.GUN, marks []model.StagedMark) ([]model.StagedMark, error) {
	var removed []model.StagedMark
	err := s.inRepository(ctx, gun, func(top *folder) error {
		f, err := top.sub(changesDir)
		if err != nil {
			return missingOK(filepath.Join(top.path, changesDir), err)
		}
		defer f.close()
		for _, mark := range marks {
			if !f.marked(mark) {
				continue
			}
			if err := s.remove(f, mark.Name); err != nil {
				return changeFault(filepath.Join(f.path, mark.Name), err)
			}
			removed = append(removed, mark)
		}
		return nil
	})
	return removed, err
}

// SetStagedAside moves files of the changelist of a repository to a new folder beside it, and
// returns the path of that folder with those that it has moved. A mark without a hash is of
// whatever has the name and is no folder. at names the folder. The error is a *model.Fault;
// files before the one that it is about are moved.
func (s *Store) SetStagedAside(ctx context.Context, gun model.GUN, marks []model.StagedMark, at time.Time) (aside string, moved []model.StagedMark, err error) {
	name := droppedFolder + at.UTC().Format("20060102T150405Z")
	err = s.inRepository(ctx, gun, func(top *folder) error {
		f, err := top.sub(changesDir)
		if err != nil {
			return missingOK(filepath.Join(top.path, changesDir), err)
		}
		defer f.close()
		marks = slices.DeleteFunc(slices.Clone(marks), func(m model.StagedMark) bool { return !f.marked(m) })
		if len(marks) == 0 {
			return nil
		}
		beside, err := top.subMade(name)
		if err != nil {
			return changeFault(filepath.Join(top.path, name), err)
		}
		defer beside.close()
		aside = beside.path
		for _, mark := range marks {
			if err := changeFlaw(disk.Move(top.root, changesDir, mark.Name, name, mark.Name, s.between)); err != nil {
				return changeFault(filepath.Join(f.path, mark.Name), err)
			}
			moved = append(moved, mark)
		}
		return nil
	})
	return aside, moved, err
}

// RemoveRepository removes the metadata and the changelist of a repository, and what folders
// are empty then. notary delete also removes every repository whose name begins with its
// name; here those stay. It returns how many files it has removed; left are the paths of what
// is in their place and is neither. The root goes last: as long as it is there, the
// repository is listed, and the removal can be finished. The error is a *model.Fault.
func (s *Store) RemoveRepository(ctx context.Context, gun model.GUN) (removed int, left []string, err error) {
	err = s.inRepository(ctx, gun, func(top *folder) error {
		n, err := s.emptyChangelist(top)
		if removed += n; err != nil {
			return err
		}
		n, err = s.emptyMetadata(ctx, top)
		removed += n
		return err
	})
	if err != nil {
		return removed, nil, err
	}
	left, err = s.removeFolders(ctx, gun)
	return removed, left, err
}

// emptyChangelist removes what Notary takes for changes: every file.
func (s *Store) emptyChangelist(top *folder) (removed int, err error) {
	f, err := top.sub(changesDir)
	if err != nil {
		return 0, missingOK(filepath.Join(top.path, changesDir), err)
	}
	defer f.close()
	budget := maxEntries
	names, err := f.names(&budget)
	if err != nil {
		return 0, fault(f.path, err)
	}
	for _, name := range names {
		if info, err := f.root.Lstat(name); err != nil || info.IsDir() {
			continue
		}
		if err := s.remove(f, name); err != nil {
			return removed, changeFault(filepath.Join(f.path, name), err)
		}
		removed++
	}
	return removed, nil
}

// emptyMetadata removes the files of roles.
func (s *Store) emptyMetadata(ctx context.Context, top *folder) (removed int, err error) {
	f, err := top.sub(metadataDir)
	if err != nil {
		return 0, missingOK(filepath.Join(top.path, metadataDir), err)
	}
	defer f.close()
	var roles []model.RoleName
	w := metadataWalk{store: s, budget: maxEntries, each: func(_ *folder, _ string, role model.RoleName) { roles = append(roles, role) }}
	if err := w.visit(ctx, f, "", 0); err != nil {
		return 0, err
	}
	slices.SortStableFunc(roles, func(a, b model.RoleName) int { return rootLast(a) - rootLast(b) })
	for _, role := range roles {
		dir, name := splitPath(string(role) + metadataEnding)
		at := filepath.Join(f.path, filepath.FromSlash(dir), name)
		if err := f.removeBelow(s, dir, name); err != nil {
			return removed, changeFault(at, err)
		}
		removed++
	}
	return removed, nil
}

func rootLast(role model.RoleName) int {
	if role == model.RoleRoot {
		return 1
	}
	return 0
}

// removeBelow removes a file in the folder at rel below f.
func (f *folder) removeBelow(s *Store, rel, name string) error {
	in := f
	if rel != "" {
		var err error
		if in, err = f.descend(rel); err != nil {
			return err
		}
		defer in.close()
	}
	return s.remove(in, name)
}

// removeFolders removes the folders of a repository that are empty, from the inside out, and
// lists what is left in them. A folder of another repository is not looked into.
func (s *Store) removeFolders(ctx context.Context, gun model.GUN) (left []string, err error) {
	err = s.inRepository(ctx, gun, func(top *folder) error {
		for _, name := range []string{changesDir, metadataDir} {
			rest, err := s.removeEmpty(top, name)
			if left = append(left, rest...); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil || len(left) > 0 {
		return left, err
	}
	parent, base := splitPath(tufDir + "/" + string(gun))
	top, err := openFolder(s.dir)
	if err != nil {
		return nil, missingOK(s.dir, err)
	}
	defer top.close()
	in, err := top.descend(parent)
	if err != nil {
		return nil, missingOK(top.path, err)
	}
	defer in.close()
	_ = in.root.Remove(base) // other repositories may be below it, or what was dropped
	return nil, nil
}

// removeEmpty removes the folder called name in f where nothing is left in it but empty
// folders, and lists what is.
func (s *Store) removeEmpty(f *folder, name string) (left []string, err error) {
	sub, err := f.sub(name)
	if err != nil {
		return nil, missingOK(filepath.Join(f.path, name), err)
	}
	defer sub.close()
	budget := maxEntries
	names, err := sub.names(&budget)
	if err != nil {
		return nil, fault(sub.path, err)
	}
	for _, inner := range names {
		info, err := sub.root.Lstat(inner)
		switch {
		case err != nil:
		case info.IsDir():
			rest, err := s.removeEmpty(sub, inner)
			if left = append(left, rest...); err != nil {
				return left, err
			}
		default:
			left = append(left, filepath.Join(sub.path, inner))
		}
	}
	if len(left) > 0 {
		return left, nil
	}
	if err := s.remove(f, name); err != nil {
		return left, changeFault(sub.path, err)
	}
	return nil, nil
}

// marked reports whether a file of a changelist is the one that a mark tells of.
func (f *folder) marked(mark model.StagedMark) bool {
	if strings.ContainsAny(mark.Name, `/\`) || !filepath.IsLocal(mark.Name) || mark.Name == "." {
		return false
	}
	info, err := f.root.Lstat(mark.Name)
	if err != nil || info.IsDir() {
		return false
	}
	if mark.SHA256 == "" {
		return true
	}
	raw, _, err := f.read(mark.Name, maxChangeFile)
	return err == nil && disk.Sum(raw) == mark.SHA256
}

// inRepository runs do under the lock, in the folder of a repository; where there is none it
// does nothing. The error is a *model.Fault.
func (s *Store) inRepository(ctx context.Context, gun model.GUN, do func(*folder) error) error {
	if _, err := model.ParseGUN(string(gun)); err != nil || !filepath.IsLocal(filepath.FromSlash(string(gun))) {
		return &model.Fault{Kind: model.FaultUsage, Subject: string(gun), Text: "is not the name of a repository on this system", Hint: "Give the full name without a tag."}
	}
	if exists, err := s.Exists(); !exists || err != nil {
		return err
	}
	unlock, err := s.lock(ctx)
	if err != nil {
		return changeFault(s.dir, err)
	}
	defer unlock()
	top, err := openFolder(s.dir)
	if err != nil {
		return changeFault(s.dir, err)
	}
	defer top.close()
	f, err := top.descend(tufDir + "/" + string(gun))
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return changeFault(s.dir, err)
	}
	defer f.close()
	return do(f)
}
