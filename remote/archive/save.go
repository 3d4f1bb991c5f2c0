package archive

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"path"

	"trustdeck/model"
	"trustdeck/model/admin/archive"
)

// Held tells what the archive has of a repository, after reading and comparing
// every file of it.
func (w *Writer) Held(ctx context.Context, gun model.GUN) (archive.Holding, error) {
	held := archive.Holding{Absent: map[model.RoleName][]archive.VersionRange{}}
	w.mu.Lock()
	repo := w.m.find(gun).clone()
	w.mu.Unlock()
	if repo == nil {
		return held, nil
	}
	for _, role := range repo.Roles {
		for i := range role.Versions {
			if err := canceled(ctx); err != nil {
				return held, err
			}
			v := &role.Versions[i]
			file := vaultFile(repo, role, v)
			_, err := readDocument(w.store.FS(), w.name, repo.Folder, v.document)
			w.mark(file.Path, err != nil)
			if err != nil {
				held.Damaged = append(held.Damaged, file)
				continue
			}
			held.Files = append(held.Files, file)
		}
		for _, a := range role.Absent {
			held.Absent[role.Name] = append(held.Absent[role.Name], archive.VersionRange{First: a[0], Last: a[1]})
		}
	}
	changes, _, damaged := soundChanges(w.store.FS(), w.name, repo)
	held.Changes = changes
	for _, d := range damaged {
		held.Damaged = append(held.Damaged, archive.VaultFile{Length: d.Length, SHA256: d.sum(), Path: path.Join(repo.Folder, d.File)})
	}
	return held, nil
}

// clone copies an entry so that it can be read without the lock.
func (r *repository) clone() *repository {
	if r == nil {
		return nil
	}
	c := *r
	c.Roles = make([]*role, len(r.Roles))
	for i, have := range r.Roles {
		copied := *have
		copied.Versions = append([]version{}, have.Versions...)
		c.Roles[i] = &copied
	}
	return &c
}

func (w *Writer) mark(file string, damaged bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if damaged {
		w.damaged[file] = true
		return
	}
	delete(w.damaged, file)
}

// vaultFile describes an entry for the use case.
func vaultFile(repo *repository, role *role, v *version) archive.VaultFile {
	f := archive.VaultFile{
		Role: role.Name, Version: v.Version, Length: v.Length, SHA256: v.sum(),
		Modified: v.Modified, Path: path.Join(repo.Folder, v.File), Current: v.SHA256 == role.Current,
	}
	for i := range role.Versions {
		before := &role.Versions[i]
		if before.File == v.File {
			break
		}
		f.Differs = f.Differs || v.Version != 0 && before.Version == v.Version
	}
	return f
}

// Load returns the bytes of a saved file.
func (w *Writer) Load(ctx context.Context, gun model.GUN, file archive.VaultFile) ([]byte, error) {
	if err := canceled(ctx); err != nil {
		return nil, err
	}
	w.mu.Lock()
	var found *document
	repo := w.m.find(gun)
	if repo != nil {
		if v := repo.holds(file.Role, file.Version, hex.EncodeToString(file.SHA256[:])); v != nil {
			d := v.document
			found = &d
		}
	}
	w.mu.Unlock()
	if found == nil {
		return nil, &model.Fault{Kind: model.FaultNotFound, Subject: file.Path, Text: "the archive has no such file"}
	}
	return readDocument(w.store.FS(), w.name, repo.Folder, *found)
}

// Save keeps the bytes of one version.
func (w *Writer) Save(ctx context.Context, gun model.GUN, file archive.Saving) (archive.VaultFile, error) {
	if err := canceled(ctx); err != nil {
		return archive.VaultFile{}, err
	}
	p := w.choose(gun, file)
	if p.write {
		err := w.place(p.path(), file.Bytes)
		if err != nil {
			w.giveUp(p)
			return archive.VaultFile{}, err
		}
	}
	return w.settle(gun, p)
}

// A placement is the decision where bytes go.
type placement struct {
	role   model.RoleName
	entry  version
	folder string
	// listed is true where the manifest has the entry already, write where the
	// bytes are not there.
	listed, write bool
}

func (p placement) path() string { return path.Join(p.folder, p.entry.File) }

// choose finds the place for a file: the entry that has it already; else the
// plain name of its version, unless other bytes are there; else the name with
// its digest.
func (w *Writer) choose(gun model.GUN, file archive.Saving) placement {
	sum := sha256.Sum256(file.Bytes)
	p := placement{role: file.Role, folder: folderOf(gun)}
	p.entry = version{
		Version: file.Version, Modified: file.Modified.UTC(),
		document: document{Length: int64(len(file.Bytes)), SHA256: hex.EncodeToString(sum[:])},
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	repo := w.m.find(gun)
	if repo != nil {
		if have := repo.holds(file.Role, file.Version, p.entry.SHA256); have != nil {
			p.entry, p.listed = *have, true
			p.write = w.damaged[p.path()]
			return p
		}
	}
	for _, second := range []bool{false, true} {
		p.entry.File = fileOf(file.Role, file.Version, sum, second)
		if repo != nil && repo.listed(file.Role, p.entry.File) || w.claimed[p.path()] {
			continue
		}
		// A file that is not listed is what a killed run has left.
		have, err := readWhole(w.store.FS(), p.path(), maxFile)
		p.write = err != nil || !p.entry.matches(have)
		if !p.write || errors.Is(err, fs.ErrNotExist) {
			break
		}
	}
	w.claimed[p.path()] = true
	return p
}

func (w *Writer) giveUp(p placement) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.claimed, p.path())
}

// settle records what was written.
func (w *Writer) settle(gun model.GUN, p placement) (archive.VaultFile, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.claimed, p.path())
	delete(w.damaged, p.path())
	repo := w.m.repository(gun)
	if !p.listed {
		repo.add(p.role, p.entry)
		if err := w.note(record{GUN: gun, Role: p.role, Saved: &p.entry}, false); err != nil {
			return archive.VaultFile{}, err
		}
	}
	file := vaultFile(repo, repo.find(p.role), &p.entry)
	file.New = p.write || !p.listed
	return file, nil
}
