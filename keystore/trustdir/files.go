package trustdir

import (
	"context"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"trustdeck/model"
	"trustdeck/model/notary"
	"trustdeck/model/port"
)

// KeyFile returns the file of a key that Keys returned as it is on the disk. Its
// caller wipes it: a key that is not encrypted is in it as it is. The error is a
// *model.Fault.
func (s *Store) KeyFile(ctx context.Context, key model.PrivateKey) (port.TrustFile, error) {
	rel, err := s.below(key.Path)
	if err != nil {
		return port.TrustFile{}, err
	}
	file, ok, err := s.ReadFile(ctx, privateDir+"/"+rel)
	if err == nil && !ok {
		err = fault(key.Path, flawf(Missing, "does not exist"))
	}
	return file, err
}

// ReadFile returns the key or metadata file at a path below the folder, with slashes,
// as it is on the disk; ok is false where there is none. Its caller wipes it. The error
// is a *model.Fault.
func (s *Store) ReadFile(ctx context.Context, rel string) (file port.TrustFile, ok bool, err error) {
	file.Path = rel
	at := filepath.Join(s.dir, filepath.FromSlash(rel))
	if err := s.stopped(ctx); err != nil {
		return file, false, err
	}
	limit, err := limitOf(rel)
	if err != nil {
		return file, false, fault(at, err)
	}
	exists, err := s.Exists()
	if !exists || err != nil {
		return file, false, err
	}
	top, err := openFolder(s.dir)
	if err != nil {
		return file, false, missingOK(s.dir, err)
	}
	defer top.close()
	dir, name := splitPath(rel)
	f, err := top.descend(dir)
	if err != nil {
		return file, false, missingOK(at, err)
	}
	defer f.close()
	if file.Bytes, _, err = f.read(name, limit); err != nil {
		return file, false, missingOK(at, err)
	}
	return file, true, nil
}

// limitOf is how big the file at a path below the folder may be. It refuses paths that
// are neither of keys nor of metadata.
func limitOf(rel string) (int64, error) {
	switch {
	case !filepath.IsLocal(filepath.FromSlash(rel)) || path.Clean(rel) != rel:
	case strings.HasPrefix(rel, privateDir+"/") && strings.HasSuffix(rel, keyEnding):
		return maxKeyFile, nil
	case strings.HasPrefix(rel, tufDir+"/") && strings.Contains(rel, "/"+metadataDir+"/") && strings.HasSuffix(rel, metadataEnding):
		return notary.MaxFile, nil
	}
	return 0, flawf(BadName, "is not the path of a key or metadata on this system")
}

// RepositoryFiles returns the metadata that the folder holds of a repository as it is
// on the disk, sorted by path. What is staged is not among it: to put that back would
// have the next publish carry out what was wanted long ago. A file that cannot be read
// is listed with its Fault; the error, a *model.Fault, is for the folder as a whole.
func (s *Store) RepositoryFiles(ctx context.Context, gun model.GUN) ([]port.TrustFile, error) {
	var files []port.TrustFile
	err := s.within(gun, metadataDir, func(f *folder) error {
		w := metadataWalk{store: s, budget: maxEntries, each: func(f *folder, name string, role model.RoleName) {
			file := port.TrustFile{Path: tufDir + "/" + string(gun) + "/" + metadataDir + "/" + string(role) + metadataEnding}
			data, _, err := f.read(name, notary.MaxFile)
			found, ok := asFlaw(err)
			if ok && found.Reason == Missing {
				return // notary removes a file before it writes it anew
			}
			if ok {
				file.Fault = flaws{found}.fault(filepath.Join(f.path, name))
			}
			file.Bytes = data
			files = append(files, file)
		}}
		return w.visit(ctx, f, "", 0)
	})
	slices.SortFunc(files, func(a, b port.TrustFile) int { return strings.Compare(a.Path, b.Path) })
	return files, err
}

// Describe says what Keys would say of a key file that lies elsewhere, from its
// content and its path below a trust folder.
func (k KeyStore) Describe(file port.TrustFile) model.PrivateKey {
	e := k.looseEntry(file)
	if e.file != nil {
		e.file.wipe()
	}
	return e.listed()
}

// StoredAs is the name of the file of a key.
func (k KeyStore) StoredAs(_ string, spki []byte) model.KeyID { return k.ID(spki) }

// OpenFile decrypts a key file that lies elsewhere, as Unlock does with one of the
// folder: the key must be the one that the path names.
func (k KeyStore) OpenFile(file port.TrustFile, passphrase []byte) (port.Signer, error) {
	e := k.looseEntry(file)
	if e.file == nil {
		return nil, e.flaws.fault(file.Path)
	}
	defer e.file.wipe()
	key, err := e.unlock(passphrase)
	if err != nil {
		return nil, fault(file.Path, err)
	}
	return key, nil
}

// looseEntry reads a key file from memory. The caller wipes entry.file.
func (k KeyStore) looseEntry(file port.TrustFile) entry {
	e := k.layout.identify(strings.TrimPrefix(file.Path, privateDir+"/"))
	e.key.Path = file.Path
	var err error
	if len(file.Bytes) > maxKeyFile {
		err = tooBig(maxKeyFile)
	} else {
		e.file, err = parseIn(k.layout, file.Bytes)
	}
	if err != nil {
		e.add(err)
		return e
	}
	e.describe()
	return e
}

// splitPath parts a path with slashes into its folder and its name.
func splitPath(rel string) (dir, name string) {
	i := strings.LastIndexByte(rel, '/')
	return rel[:max(i, 0)], rel[i+1:]
}
