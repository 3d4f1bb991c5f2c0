package directory

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"trustdeck/internal/disk"
	"trustdeck/model"
	"trustdeck/model/display"
)

// uploadList is the file that names what is to be uploaded, in order, as sha256sum -c reads
// it.
const uploadList = "upload.txt"

// Upload prepares the repository for hosting that other programs upload to, such as an object
// store. It writes every metadata file that dir doesn't have yet into dir, under its published name,
// and the file upload.txt, which lists them: a SHA-256, two spaces and a name on each line,
// in the order in which readers need them. All of it or nothing is written. What an
// upload.txt lists that is still there stays listed; remove it once all is uploaded. The
// names are returned, none where dir has everything and no upload.txt.
func (f *Folder) Upload(ctx context.Context, gun model.GUN, dir string) ([]string, error) {
	w, err := f.openWriter(ctx, gun)
	if err != nil {
		return nil, err
	}
	defer w.release()
	if _, err := w.settle(); err != nil {
		return nil, err
	}
	if err := w.list(); err != nil {
		return nil, err
	}
	files, err := w.published()
	if err != nil {
		return nil, err
	}
	to, err := openUpload(dir)
	if err != nil {
		return nil, err
	}
	defer func() { _ = to.root.Close() }()
	if sameFolder(to.root, w.base.root) {
		return nil, &model.Fault{
			Kind: model.FaultUsage, Subject: display.Quote(dir), Text: "the repository itself is in this folder",
			Hint: "give another folder",
		}
	}
	unlock, err := disk.LockFolder(ctx, to.root, dir, lockName, f.patience)
	if err != nil {
		return nil, lockFault(ctx, dir, err)
	}
	defer func() { _ = unlock() }() // what is left of a lock goes with the process
	return to.receive(files, f.hook)
}

// published are the metadata files under the names under which they are published, in the
// order in which readers need them.
func (w *writer) published() ([]metadataFile, error) {
	all, err := w.metadata()
	if err != nil {
		return nil, err
	}
	p, err := w.begin(nil, nil)
	if err != nil {
		return nil, err
	}
	taken := map[string]bool{}
	var out []metadataFile
	// An old root is taken from the history before the current one, which is the same.
	slices.SortStableFunc(all, func(a, b metadataFile) int { return strings.Count(b.name, "/") - strings.Count(a.name, "/") })
	for _, file := range all {
		name := path.Base(file.name)
		if _, _, numbered := parseName(name); p.working && !numbered && file.role != model.RoleTimestamp && (p.consistent || file.role == model.RoleRoot) {
			name = fileName(p.spelling(file.role), file.version)
		}
		if !taken[name] {
			out = append(out, metadataFile{name, file.role, file.version, file.raw})
		}
		taken[name] = true
	}
	roles := []model.RoleName{model.RoleTargets, model.RoleSnapshot, model.RoleRoot, model.RoleTimestamp}
	slices.SortStableFunc(out, func(a, b metadataFile) int {
		return cmp.Or(
			slices.Index(roles, a.role)-slices.Index(roles, b.role), strings.Compare(string(a.role), string(b.role)),
			cmp.Compare(a.version, b.version), strings.Compare(a.name, b.name),
		)
	})
	return out, nil
}

// openUpload opens the folder of an upload, which is made where it is not there.
func openUpload(dir string) (place, error) {
	if err := disk.MakeFolder(dir, folderMode); err != nil {
		return place{}, unwritable(dir, err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return place{}, fileFault(dir, err)
	}
	return place{root, dir}, nil
}

// receive writes what a place does not have yet, and the list.
func (p place) receive(files []metadataFile, hook disk.Hook) ([]string, error) {
	batch := p.batch(hook)
	batch.May = func(name string) bool { return name == uploadList || mayWrite(name) }
	at := &layout{path: p.path, base: p}
	if _, err := batch.Settle(); err != nil {
		return nil, at.settleFault(err)
	}
	list, err := p.content(uploadList)
	if err != nil {
		return nil, err
	}
	pending := map[string]bool{}
	for line := range strings.Lines(string(list)) {
		_, name, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "  ")
		pending[name] = true
	}
	if files, err = p.inOrder(files); err != nil {
		return nil, err
	}
	var names []string
	var edits []disk.Edit
	var text strings.Builder
	for _, file := range files {
		edit, err := p.receives(file)
		if err != nil {
			return nil, err
		}
		if edit != nil {
			edits = append(edits, *edit)
		}
		if edit != nil || pending[file.name] {
			names = append(names, file.name)
			fmt.Fprintf(&text, "%s  %s\n", disk.Sum(file.raw), file.name)
		}
	}
	if len(edits) == 0 {
		return names, nil
	}
	entry := disk.Edit{Name: uploadList, Content: []byte(text.String()), Mode: fileMode}
	if list != nil {
		entry.Was = disk.Sum(list)
	}
	if err := batch.Run(append(edits, entry)); err != nil {
		return nil, at.writeFault(err)
	}
	return names, nil
}

// receives has a place hold a file; nil where it does.
func (p place) receives(file metadataFile) (*disk.Edit, error) {
	there, err := p.content(file.name)
	if err != nil || there != nil && bytes.Equal(there, file.raw) {
		return nil, err
	}
	edit := &disk.Edit{Name: file.name, Content: file.raw, Mode: fileMode}
	if there == nil {
		return edit, nil
	}
	at := filepath.Join(p.path, file.name)
	before, ok := parseHeader(file.role, there)
	switch {
	case !ok:
		return nil, notMetadata(file.role, at)
	case file.role == model.RoleRoot && before.Signed.Version == file.version && signsMore(file.role, file.raw, there):
	case before.Signed.Version >= file.version:
		return nil, stale(at, file.role, before.Signed.Version)
	}
	edit.Was = disk.Sum(there)
	return edit, nil
}

// content is that of the file called name; nil where there is none.
func (p place) content(name string) ([]byte, error) {
	w := &writer{layout: &layout{path: p.path, base: p}, names: map[string]bool{name: true}}
	file, err := w.look(name)
	return file.content(), err
}
