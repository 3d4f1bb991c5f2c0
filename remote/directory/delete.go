package directory

import (
	"context"
	"errors"
	"io/fs"
	"maps"
	"net/url"
	"os"
	"path"
	"slices"
	"strings"

	"trustdeck/internal/disk"
	"trustdeck/model"
)

// Delete removes every metadata file of the repository: all or none, as Publish writes them.
// Only files go that are metadata of a role which the repository's own files name; whatever
// else is in the folder stays, and the folder too.
func (f *Folder) Delete(ctx context.Context, gun model.GUN) error {
	if _, err := os.Stat(f.path); gun == f.gun && errors.Is(err, fs.ErrNotExist) {
		return canceled(ctx)
	}
	return f.change(ctx, gun, func(w *writer) ([]disk.Edit, error) {
		files, err := w.metadata()
		if err != nil {
			return nil, err
		}
		var edits []disk.Edit
		for _, file := range files {
			edits = append(edits, disk.Edit{Name: file.name, Was: disk.Sum(file.raw)})
		}
		return edits, nil
	})
}

// A metadataFile is one that belongs to the repository.
type metadataFile struct {
	name string
	role model.RoleName
	// version is the one that it states.
	version int64
	raw     []byte
}

// content is that of a file; nil where there is none.
func (e *existing) content() []byte {
	if e == nil {
		return nil
	}
	return e.raw
}

// metadata are the files of all roles that the repository names, in the order in which they
// go: the timestamp first, without which nobody reads on, and the roots last.
func (w *writer) metadata() ([]metadataFile, error) {
	candidates, err := w.byRole()
	if err != nil {
		return nil, err
	}
	seen, taken := map[model.RoleName]bool{}, map[string]bool{}
	var out []metadataFile
	for next := model.TopLevelRoles(); len(next) > 0; next = next[1:] {
		role := next[0]
		if seen[role] {
			continue
		}
		seen[role] = true
		for _, name := range candidates[role] {
			file, err := w.look(name)
			if err != nil {
				return nil, err
			}
			if file == nil {
				continue // it has vanished meanwhile
			}
			h, ok := parseHeader(role, file.raw)
			if !ok {
				continue // it is somebody else's
			}
			next = append(next, h.names(candidates)...)
			if !taken[name] {
				out = append(out, metadataFile{name, role, h.Signed.Version, file.raw})
			}
			taken[name] = true
		}
	}
	slices.SortStableFunc(out, func(a, b metadataFile) int { return rank(a.role) - rank(b.role) })
	return out, nil
}

// rank is the place of a role among those that are deleted.
func rank(role model.RoleName) int {
	switch role {
	case model.RoleTimestamp:
		return 0
	case model.RoleSnapshot:
		return 1
	case model.RoleRoot:
		return 3
	default:
		return 2
	}
}

// byRole are the names of files, by the role that each could be of. Without a version in it a
// name can be read in two ways.
func (w *writer) byRole() (map[model.RoleName][]string, error) {
	out := map[model.RoleName][]string{}
	add := func(name string) {
		if !mayWrite(name) {
			return
		}
		if role, _, ok := parseName(path.Base(name)); ok {
			out[role] = append(out[role], name)
		}
		if role := model.RoleName(fileRole(name)); !strings.Contains(name, "/") {
			out[role] = append(out[role], name)
			if decoded, err := url.PathUnescape(string(role)); err == nil && decoded != string(role) {
				out[model.RoleName(decoded)] = append(out[model.RoleName(decoded)], name)
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(w.names)) {
		add(name)
	}
	if w.keepsRoots() {
		if err := w.history[0].each(func(name string) { add(historyDir + "/" + name) }); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// names are the roles that a file names; of hash bins, those that have files.
func (h *header) names(files map[model.RoleName][]string) []model.RoleName {
	out := slices.Sorted(maps.Keys(h.listed()))
	for _, d := range h.Signed.Delegations.Roles {
		out = append(out, d.Name)
	}
	if prefix := h.Signed.Delegations.Bins.Prefix; prefix != "" {
		for role := range files {
			if strings.HasPrefix(string(role), prefix+"-") {
				out = append(out, role)
			}
		}
	}
	return out
}
