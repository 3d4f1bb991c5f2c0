package trustdir

import (
	"context"
	"errors"
	"io/fs"
	"path/filepath"
	"strings"

	"trustdeck/model"
)

// Keys lists the private keys in the order of their paths. A file that cannot
// be used is listed with its Fault, without an ID where its name is none; so is
// every symbolic link below the folder private. Files that do not end in .key
// are left out, as Notary leaves them out. Where a Fault only warns, as of loose
// permissions, the key can be used all the same, since Notary uses it.
//
// The error, a *model.Fault, is for the folder as a whole; what could be read
// is returned with it.
func (s *Store) Keys(ctx context.Context) ([]model.PrivateKey, error) {
	found, err := s.walkKeys(ctx)
	keys := make([]model.PrivateKey, len(found))
	for i := range found {
		keys[i] = found[i].listed()
	}
	return keys, err
}

// Find returns the key with this canonical ID. Where several files claim it, it
// is the one that can be used and that Notary would use. The error is a Fault
// with the reason Missing where there is none.
func (s *Store) Find(ctx context.Context, id model.KeyID) (model.PrivateKey, error) {
	found, err := s.walkKeys(ctx)
	if best := preferred(found, id); best != nil {
		return best.listed(), nil
	}
	if err != nil {
		return model.PrivateKey{}, err
	}
	if _, err := model.ParseKeyID(string(id)); err != nil {
		return model.PrivateKey{}, &model.Fault{
			Kind: model.FaultUsage,
			Text: err.Error(),
			Hint: "Give the full ID, as the list of keys shows it.",
			Err:  Missing,
		}
	}
	at := filepath.Join(s.dir, privateDir, string(id)+keyEnding)
	return model.PrivateKey{}, fault(at, flawf(Missing, "there is no file for the key %s", id.Short()))
}

// Unlock decrypts a key that Keys or Find returned, and proves that it is the
// one that the name of its file says. The passphrase is neither kept nor
// changed; wiping it is up to the caller. It is not looked at where the key is
// not encrypted. Deriving the key takes a millisecond for a file that Notary
// wrote and up to some seconds for others, and is not interrupted by ctx.
//
// The error is a *model.Fault with a Reason; its kind is FaultSecret for the reason
// WrongPassphrase.
func (s *Store) Unlock(ctx context.Context, key model.PrivateKey, passphrase []byte) (*Key, error) {
	if err := s.stopped(ctx); err != nil {
		return nil, err
	}
	e, err := s.reload(key.Path)
	if err != nil {
		return nil, err
	}
	if e.file == nil {
		return nil, e.flaws.fault(e.key.Path)
	}
	defer e.file.wipe()
	unlocked, err := e.unlock(passphrase)
	if err != nil {
		return nil, fault(e.key.Path, err)
	}
	return unlocked, nil
}

// walkKeys reads everything below private. The entries hold no secrets.
func (s *Store) walkKeys(ctx context.Context) ([]entry, error) {
	if err := s.stopped(ctx); err != nil {
		return nil, err
	}
	top, ok, err := s.enter(privateDir)
	if err != nil || !ok {
		return nil, err
	}
	defer top.close()
	w := keyWalk{store: s, budget: maxEntries}
	err = w.visit(ctx, top, "", 0)
	markDuplicates(w.found)
	return w.found, err
}

// keyWalk gathers the keys of one walk.
type keyWalk struct {
	store  *Store
	budget int
	found  []entry
}

// visit reads the folder f, which is at rel below private. Its error is a
// Fault and ends the walk.
func (w *keyWalk) visit(ctx context.Context, f *folder, rel string, depth int) error {
	names, err := f.names(&w.budget)
	if found, ok := asFlaw(err); ok {
		if rel == "" || found.Reason == BeyondLimit {
			return fault(f.path, err)
		}
		w.reject(f.path, rel, found)
	}
	for _, name := range names {
		if err := w.store.stopped(ctx); err != nil {
			return err
		}
		if err := w.look(ctx, f, name, join(rel, name), depth); err != nil {
			return err
		}
	}
	return nil
}

// look reads one thing in the folder f.
func (w *keyWalk) look(ctx context.Context, f *folder, name, rel string, depth int) error {
	info, err := f.root.Lstat(name)
	at := filepath.Join(f.path, name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		// Notary removes a file before it writes it anew.
		return nil
	case err != nil:
		w.reject(at, rel, readFlaw(err))
	case info.IsDir() && depth == maxDepth:
		w.reject(at, rel, flawf(BeyondLimit, "is more than %d folders deep", maxDepth))
	case info.IsDir():
		sub, err := f.sub(name)
		if err != nil {
			w.reject(at, rel, err)
			return nil
		}
		defer sub.close()
		return w.visit(ctx, sub, rel, depth+1)
	case strings.HasSuffix(name, keyEnding), info.Mode()&fs.ModeSymlink != 0:
		if e, err := load(w.store.layout, f, rel); err == nil {
			if e.file != nil {
				e.file.wipe()
			}
			w.found = append(w.found, e)
		}
	}
	return nil
}

// reject lists something that cannot be read. What has vanished is no news.
func (w *keyWalk) reject(path, rel string, err error) {
	if errors.Is(err, fs.ErrNotExist) {
		return
	}
	e := entry{rel: rel, key: model.PrivateKey{Place: place, Path: path}}
	e.add(err)
	w.found = append(w.found, e)
}

// preferred returns the entry to use for a key, or nil where none has it: one
// that can be used before one that cannot, then the one in the place where
// Notary reads it, then the first.
func preferred(entries []entry, id model.KeyID) *entry {
	var best *entry
	for i := range entries {
		e := &entries[i]
		if id != "" && e.key.ID == id && (best == nil || e.rank() < best.rank()) {
			best = e
		}
	}
	return best
}

// markDuplicates notes for every key that is in several files which of them is
// preferred.
func markDuplicates(entries []entry) {
	byID := map[model.KeyID][]*entry{}
	for i := range entries {
		if id := entries[i].key.ID; id != "" {
			byID[id] = append(byID[id], &entries[i])
		}
	}
	for _, same := range byID {
		best := same[0]
		for _, e := range same[1:] {
			if e.rank() < best.rank() {
				best = e
			}
		}
		for _, e := range same {
			if e != best {
				e.flaws = append(e.flaws, e.duplicateOf(best))
			}
		}
	}
}

// join puts a path with slashes together.
func join(rel, name string) string {
	if rel == "" {
		return name
	}
	return rel + "/" + name
}
