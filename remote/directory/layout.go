package directory

import (
	"cmp"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"syscall"

	"trustdeck/internal/disk"
	"trustdeck/model"
	"trustdeck/model/display"
	"trustdeck/model/port"
)

// maxEntries is the most files that are looked at in one folder.
const maxEntries = 500_000

// A place is an open folder that holds metadata.
type place struct {
	root *os.Root
	// path is for people.
	path string
}

// A layout is where the files of a repository are.
type layout struct {
	// path is the folder that was named.
	path string
	base place
	// history holds old roots only.
	history []place
	// found tells that base holds metadata. Where nothing does, base is where it belongs.
	found  bool
	opened []*os.Root
}

func (l *layout) close() {
	for _, root := range l.opened {
		_ = root.Close()
	}
}

// openLayout finds out where the files of the repository in a folder are. Errors are
// *model.Fault.
func openLayout(path string) (*layout, error) {
	l, err := openFolder(path)
	if err != nil || l.found {
		return l, err
	}
	defer l.close()
	return nil, l.noRepository()
}

// wantFolder is the way out where something else is given than a repository.
const wantFolder = "give the folder that contains files such as timestamp.json and 1.root.json"

// noRepository says that there is none in the folder.
func (l *layout) noRepository() *model.Fault {
	fault := &model.Fault{
		Kind: model.FaultLocal, Subject: display.Quote(l.path),
		Text: "this is not a TUF repository: neither the folder nor its metadata folder contains a timestamp.json or a root",
		Hint: wantFolder,
	}
	if l.base.waits() {
		fault.Hint = finishHint
	}
	return fault
}

// openFolder finds out where the files of the repository in a folder are, or belong. The
// path itself may lead through links, and nothing below it. Errors are *model.Fault.
func openFolder(path string) (*layout, error) {
	root, err := os.OpenRoot(path)
	if info, unknown := os.Stat(path); err != nil && unknown == nil && !info.IsDir() {
		return nil, &model.Fault{
			Kind: model.FaultLocal, Subject: display.Quote(path), Err: err, Text: "it is a file instead of a folder", Hint: wantFolder,
		}
	}
	if err != nil {
		return nil, fileFault(path, err)
	}
	l := &layout{path: path, opened: []*os.Root{root}}
	if err := l.locate(place{root, path}); err != nil {
		l.close()
		return nil, err
	}
	return l, nil
}

// locate finds the metadata, and the old roots. Where there is no metadata, it belongs into
// the folder metadata, if there is one: the tools that keep targets beside it make that first.
func (l *layout) locate(top place) (err error) {
	if l.found, err = top.holdsMetadata(); err != nil {
		return err
	}
	homes := []place{top}
	if l.base = top; !l.found {
		below, ok, err := l.sub(top, metadataDir)
		if err == nil && ok {
			l.found, err = below.holdsMetadata()
		}
		if err != nil {
			return err
		}
		if ok && (l.found || !top.waits()) {
			l.base, homes = below, []place{below, top}
		}
	}
	for _, home := range homes {
		history, ok, err := l.sub(home, historyDir)
		if err != nil {
			return err
		}
		if ok {
			l.history = append(l.history, history)
		}
	}
	return nil
}

// sub opens the folder called name in a place; ok is false where there is none.
func (l *layout) sub(in place, name string) (out place, ok bool, err error) {
	path := filepath.Join(in.path, name)
	root, err := disk.OpenIn(in.root, name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return place{}, false, nil
	case err != nil:
		return place{}, false, fileFault(path, err)
	}
	l.opened = append(l.opened, root)
	return place{root, path}, true, nil
}

// placesOf are the folders that may hold the versions of a role.
func (l *layout) placesOf(role model.RoleName) []place {
	if role == model.RoleRoot {
		return append([]place{l.base}, l.history...)
	}
	return []place{l.base}
}

// read returns the file of a role with this version in its name, and its path. One that is
// not there is FaultNotFound.
func (l *layout) read(in place, ref port.Ref, version int64) (port.File, string, error) {
	for _, spelling := range spellings(ref.Role) {
		file, path, err := in.read(fileName(spelling, version), ref.Limit)
		if model.KindOf(err) != model.FaultNotFound {
			return file, path, err
		}
	}
	return port.File{}, "", notKept(display.Quote(l.path), ref)
}

// read returns one file. One that is not there is FaultNotFound.
func (p place) read(name string, limit int64) (port.File, string, error) {
	path := filepath.Join(p.path, name)
	raw, info, err := disk.ReadIn(p.root, name, limit)
	if err != nil {
		fault := fileFault(path, err)
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENAMETOOLONG) {
			fault.Kind = model.FaultNotFound
		}
		return port.File{}, path, fault
	}
	if text := unfinished(raw); text != "" {
		return port.File{}, path, &model.Fault{
			Kind: model.FaultBadData, Subject: display.Quote(path), Text: text,
			Hint: "if it is being written, try again; otherwise restore it from where it was published",
		}
	}
	return port.File{Bytes: raw, Modified: info.ModTime().UTC()}, path, nil
}

// holdsMetadata reports whether a folder holds a timestamp or a root.
func (p place) holdsMetadata() (bool, error) {
	for _, role := range []model.RoleName{model.RoleTimestamp, model.RoleRoot} {
		_, err := p.root.Lstat(fileName(string(role), 0))
		if err == nil {
			return true, nil
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return false, fileFault(p.path, err)
		}
	}
	found := false
	err := p.each(func(name string) {
		role, _, ok := parseName(name)
		found = found || ok && role == model.RoleRoot
	})
	return found, err
}

// A numbered file has a version in its name.
type numbered struct {
	in      place
	name    string
	version int64
}

func (n numbered) read(limit int64) (port.File, error) {
	file, _, err := n.in.read(n.name, limit)
	return file, err
}

// numbered lists the versions of a role, or of all where it is empty, the newest first.
func (l *layout) numbered(role model.RoleName) ([]numbered, error) {
	var out []numbered
	for i, in := range append([]place{l.base}, l.history...) {
		if i > 0 && role != "" && role != model.RoleRoot {
			break
		}
		err := in.each(func(name string) {
			of, version, ok := parseName(name)
			if ok && (i == 0 || of == model.RoleRoot) && (role == "" || of == role) {
				out = append(out, numbered{in, name, version})
			}
		})
		if err != nil {
			return nil, err
		}
	}
	slices.SortStableFunc(out, func(a, b numbered) int { return cmp.Compare(b.version, a.version) })
	// A root that is also among the old ones is listed once.
	seen := map[string]bool{}
	return slices.DeleteFunc(out, func(n numbered) bool {
		twice := seen[n.name]
		seen[n.name] = true
		return twice
	}), nil
}

// each calls do with the names in a folder.
func (p place) each(do func(name string)) error {
	dir, err := p.root.Open(".")
	if err != nil {
		return fileFault(p.path, err)
	}
	defer func() { _ = dir.Close() }()
	for left := maxEntries; ; {
		names, err := dir.Readdirnames(1024)
		if left -= len(names); left < 0 {
			return &model.Fault{
				Kind: model.FaultBadData, Subject: display.Quote(p.path), Text: "it contains too many files to read",
				Hint: "give a folder that contains only the metadata",
			}
		}
		for _, name := range names {
			do(name)
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fileFault(p.path, err)
		}
	}
}
