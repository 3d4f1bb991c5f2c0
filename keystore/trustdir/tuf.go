package trustdir

import (
	"context"
	"errors"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"trustdeck/model"
	"trustdeck/model/port"
)

// Root returns the bytes of the root metadata that Docker or Notary read last.
// ok is false where there are none. Nothing about them is checked but that they
// are a file of reasonable size that no link leads to; the error is a
// *model.Fault.
func (s *Store) Root(gun model.GUN) (root []byte, ok bool, err error) {
	err = s.within(gun, metadataDir, func(f *folder) error {
		at := filepath.Join(f.path, rootFile)
		data, _, err := f.read(rootFile, maxRootFile)
		if err != nil {
			return missingOK(at, err)
		}
		root, ok = data, true
		return nil
	})
	return root, ok, err
}

// within calls do with the folder called name of a repository, and does nothing
// where there is none. Its errors are Faults.
func (s *Store) within(gun model.GUN, name string, do func(*folder) error) error {
	if _, err := model.ParseGUN(string(gun)); err != nil {
		return &model.Fault{
			Kind: model.FaultUsage,
			Text: err.Error(),
			Hint: "Give the repository without a tag, such as docker.io/library/alpine.",
			Err:  BadName,
		}
	}
	if !filepath.IsLocal(filepath.FromSlash(string(gun))) {
		// Windows has no such path, so nothing can be there.
		return nil
	}
	top, ok, err := s.enter(tufDir)
	if err != nil || !ok {
		return err
	}
	defer top.close()
	f, err := top.descend(string(gun) + "/" + name)
	if err != nil {
		return missingOK(top.path, err)
	}
	defer f.close()
	return do(f)
}

// Repositories lists those whose root the folder holds, sorted by name. What
// cannot be a repository is left out: see Skipped. The error, a *model.Fault,
// is for the folder as a whole; what could be read is returned with it.
func (s *Store) Repositories(ctx context.Context) ([]port.Listed, error) {
	w, err := s.walkTUF(ctx)
	return w.listed, err
}

// Skipped says what Repositories leaves out and why, in the order of the paths:
// links, folders that cannot be read, metadata in a folder whose path is no
// repository name.
func (s *Store) Skipped(ctx context.Context) ([]*model.Fault, error) {
	w, err := s.walkTUF(ctx)
	return w.skipped, err
}

// tufWalk gathers what is below tuf.
type tufWalk struct {
	store  *Store
	budget int
	// listed have a root, staged a changelist that is not empty.
	listed, staged []port.Listed
	skipped        []*model.Fault
}

func (s *Store) walkTUF(ctx context.Context) (*tufWalk, error) {
	w := &tufWalk{store: s, budget: maxEntries}
	if err := s.stopped(ctx); err != nil {
		return w, err
	}
	top, ok, err := s.enter(tufDir)
	if err != nil || !ok {
		return w, err
	}
	defer top.close()
	err = w.visit(ctx, top, "", 0)
	for _, listed := range [][]port.Listed{w.listed, w.staged} {
		slices.SortFunc(listed, func(a, b port.Listed) int { return strings.Compare(string(a.GUN), string(b.GUN)) })
	}
	return w, err
}

// visit reads the folder f, which is at rel below tuf. Its error is a Fault and
// ends the walk.
func (w *tufWalk) visit(ctx context.Context, f *folder, rel string, depth int) error {
	names, err := f.names(&w.budget)
	if found, ok := asFlaw(err); ok {
		if rel == "" || found.Reason == BeyondLimit {
			return fault(f.path, err)
		}
		w.skip(f.path, found)
	}
	inMetadata, inChanges := path.Base(rel) == metadataDir, path.Base(rel) == changesDir
	roles := inMetadata && slices.ContainsFunc(names, func(name string) bool { return strings.HasSuffix(name, ".json") })
	for _, name := range names {
		if err := w.store.stopped(ctx); err != nil {
			return err
		}
		info, err := f.root.Lstat(name)
		at := filepath.Join(f.path, name)
		switch {
		case err != nil:
			w.skip(at, readFlaw(err))
		case inChanges && !info.IsDir():
			w.waits(rel)
		case info.Mode()&fs.ModeSymlink != 0:
			w.skip(at, mustBe(info, fs.ModeDir))
		case info.IsDir() && roles && name == string(model.RoleTargets):
			// Delegations, whose names may look like anything. That no
			// repository can be named ".../metadata/targets" beside them is
			// what the layout costs.
		case info.IsDir():
			if err := w.enter(ctx, f, name, join(rel, name), depth); err != nil {
				return err
			}
		case inMetadata && name == rootFile:
			w.found(f, rel, info)
		}
	}
	return nil
}

// enter visits the folder called name in f.
func (w *tufWalk) enter(ctx context.Context, f *folder, name, rel string, depth int) error {
	at := filepath.Join(f.path, name)
	if depth == maxDepth {
		w.skip(at, flawf(BeyondLimit, "is more than %d folders deep", maxDepth))
		return nil
	}
	sub, err := f.sub(name)
	if err != nil {
		w.skip(at, err)
		return nil
	}
	defer sub.close()
	return w.visit(ctx, sub, rel, depth+1)
}

// found takes the root in the metadata folder f for a repository. Everything
// before that folder is its name, which may contain "metadata" and "changelist"
// and may begin with the name of another repository.
func (w *tufWalk) found(f *folder, rel string, info fs.FileInfo) {
	if err := mustBe(info, 0); err != nil {
		w.skip(filepath.Join(f.path, rootFile), err)
		return
	}
	name := strings.TrimSuffix(strings.TrimSuffix(rel, metadataDir), "/")
	gun, err := model.ParseGUN(name)
	if err != nil {
		w.skip(f.path, flawf(BadName, "contains metadata, but its path is not a repository name"))
		return
	}
	w.listed = append(w.listed, port.Listed{GUN: gun})
}

// waits takes note that something lies in the changelist at rel. A folder whose
// path is no repository name is none that Notary would look into.
func (w *tufWalk) waits(rel string) {
	name := strings.TrimSuffix(strings.TrimSuffix(rel, changesDir), "/")
	gun, err := model.ParseGUN(name)
	if n := len(w.staged); err == nil && (n == 0 || w.staged[n-1].GUN != gun) {
		w.staged = append(w.staged, port.Listed{GUN: gun})
	}
}

// skip reports what was left out. What has vanished is no news.
func (w *tufWalk) skip(path string, err error) {
	if errors.Is(err, fs.ErrNotExist) {
		return
	}
	if f, ok := asFlaw(err); ok {
		w.skipped = append(w.skipped, flaws{f}.fault(path))
	}
}
