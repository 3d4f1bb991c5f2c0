package directory

import (
	"context"
	"maps"
	"os"
	"path/filepath"

	"trustdeck/model"
)

// Tracked names the files that hold versions of roles, relative to the folder in which somebody
// keeps the repository with Git. top is empty where nobody does: no folder above it has a .git.
func (f *Folder) Tracked(ctx context.Context, gun model.GUN, versions map[model.RoleName]int64) (top string, names []string, err error) {
	at, err := f.open(ctx, gun)
	if err != nil {
		return "", nil, err
	}
	defer at.close()
	if top = worktree(at.base.path); top == "" {
		return "", nil, nil
	}
	w := &writer{layout: at}
	if err := w.list(); err != nil {
		return "", nil, err
	}
	p, err := w.begin(nil, nil)
	if err != nil {
		return "", nil, err
	}
	below, err := filepath.Rel(top, at.base.path)
	if err != nil {
		return "", nil, nil //nolint:nilerr // top is above it; what cannot be named is not named
	}
	for _, role := range order(maps.Keys(versions)) {
		for _, name := range p.namesOf(role, versions[role]) {
			names = append(names, filepath.Join(below, filepath.FromSlash(name)))
		}
	}
	return top, names, nil
}

// worktree is the nearest folder that Git keeps, of those above path and path itself; empty
// where there is none.
func worktree(path string) string {
	for {
		if _, err := os.Lstat(filepath.Join(path, ".git")); err == nil {
			return path
		}
		above := filepath.Dir(path)
		if above == path {
			return ""
		}
		path = above
	}
}
