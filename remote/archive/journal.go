package archive

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"

	"trustdeck/model"
)

// The journal holds what has happened since the manifest was written, one JSON
// object a line. It exists while a run is on, and after one that was killed.

// A record is a line of the journal: a file that was saved, or a repository as
// it stands when it is done.
type record struct {
	GUN        model.GUN      `json:"gun,omitempty"`
	Role       model.RoleName `json:"role,omitempty"`
	Saved      *version       `json:"saved,omitempty"`
	Repository *repository    `json:"repository,omitempty"`
}

func (r record) encode() ([]byte, error) {
	line, err := json.Marshal(r)
	if err != nil {
		return nil, fmt.Errorf("encode journal: %w", err)
	}
	return append(line, '\n'), nil
}

// replay applies a journal to m. It ends at the first line that is not sound:
// the last one of a killed run may be cut off, and what is not recorded is
// fetched again.
func (m *manifest) replay(journal []byte) {
	for {
		line, rest, whole := bytes.Cut(journal, []byte("\n"))
		if !whole || m.apply(line) != nil {
			return
		}
		journal = rest
	}
}

func (m *manifest) apply(line []byte) error {
	var r record
	if err := decodeStrictly(line, &r); err != nil {
		return err
	}
	if r.Repository != nil {
		one := manifest{Repositories: []*repository{r.Repository}}
		if err := one.check(); err != nil {
			return err
		}
		m.put(r.Repository)
		return nil
	}
	if r.Saved == nil {
		return fmt.Errorf("a journal line is empty")
	}
	if _, err := model.ParseGUN(string(r.GUN)); err != nil {
		return err
	}
	if err := checkRole(r.Role); err != nil {
		return err
	}
	if err := r.Saved.check(r.Role); err != nil {
		return err
	}
	if before := m.find(r.GUN); before != nil {
		if before.holds(r.Role, r.Saved.Version, r.Saved.SHA256) != nil {
			return nil // the manifest was written after this line
		}
		if before.listed(r.Role, r.Saved.File) {
			return fmt.Errorf("the file %q is listed twice", r.Saved.File)
		}
	}
	m.repository(r.GUN).add(r.Role, *r.Saved)
	return nil
}

// find returns the entry of a repository, or nil.
func (m *manifest) find(gun model.GUN) *repository {
	m.indexOnce()
	return m.index[gun]
}

// indexOnce makes the index. A manifest that is shared between goroutines must
// have it already.
func (m *manifest) indexOnce() {
	if m.index != nil {
		return
	}
	m.index = make(map[model.GUN]*repository, len(m.Repositories))
	for _, r := range m.Repositories {
		m.index[r.GUN] = r
	}
}

// repository returns the entry of a repository, made where there is none.
func (m *manifest) repository(gun model.GUN) *repository {
	if r := m.find(gun); r != nil {
		return r
	}
	r := &repository{
		GUN: gun, Folder: folderOf(gun),
		Roles: []*role{}, Certificates: []document{}, Changefeed: []document{},
	}
	m.put(r)
	return r
}

// put adds or replaces the entry of a repository.
func (m *manifest) put(r *repository) {
	before := m.find(r.GUN)
	m.index[r.GUN] = r
	if before == nil {
		m.Repositories = append(m.Repositories, r)
		return
	}
	m.Repositories[slices.Index(m.Repositories, before)] = r
}

func (r *repository) find(name model.RoleName) *role {
	for _, role := range r.Roles {
		if role.Name == name {
			return role
		}
	}
	return nil
}

// role returns the entry of a role, made where there is none.
func (r *repository) role(name model.RoleName) *role {
	if have := r.find(name); have != nil {
		return have
	}
	made := &role{Name: name, Versions: []version{}}
	r.Roles = append(r.Roles, made)
	return made
}

func (r *repository) add(name model.RoleName, v version) {
	role := r.role(name)
	role.Versions = append(role.Versions, v)
}

// holds returns the entry of the file with these bytes, or nil.
func (r *repository) holds(name model.RoleName, number int64, sum string) *version {
	role := r.find(name)
	if role == nil {
		return nil
	}
	for i := range role.Versions {
		if v := &role.Versions[i]; v.Version == number && v.SHA256 == sum {
			return v
		}
	}
	return nil
}

// listed reports whether a file of a role is an entry already.
func (r *repository) listed(name model.RoleName, file string) bool {
	role := r.find(name)
	return role != nil && slices.ContainsFunc(role.Versions, func(v version) bool { return v.File == file })
}
