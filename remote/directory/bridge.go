package directory

import (
	"bytes"
	"slices"

	"trustdeck/model"
	"trustdeck/model/dialect"
	"trustdeck/model/tuf"
)

// rootLast reports whether a new root is to be written after all other fresh files. Of those that
// are there, some do not stand under it; and readers who have the root of before accept what
// replaces them, because their former keys have signed it as well.
func rootLast(there, fresh map[model.RoleName][]byte) bool {
	before, ok := parseHeader(model.RoleRoot, there[model.RoleRoot])
	after, too := parseHeader(model.RoleRoot, fresh[model.RoleRoot])
	if !ok || !too || before.Signed.Consistent != after.Signed.Consistent {
		return false
	}
	was, is, falls := issuerOf(there[model.RoleRoot]), issuerOf(fresh[model.RoleRoot]), false
	for role, raw := range fresh {
		if role == model.RoleRoot || !role.TopLevel() {
			continue
		}
		if !accepts(was, role, raw) {
			return false
		}
		falls = falls || there[role] != nil && !accepts(is, role, there[role])
	}
	return falls
}

// issuerOf is what a root says of others; nil where it is not readable.
func issuerOf(root []byte) dialect.Issuer {
	f, err := tuf.Dialect{}.Parse(model.RoleRoot, root)
	if err != nil {
		return nil
	}
	return tuf.Dialect{}.Issuer(f)
}

// accepts reports whether the keys that an issuer names have signed a file.
func accepts(by dialect.Issuer, role model.RoleName, raw []byte) bool {
	f, err := tuf.Dialect{}.Parse(role, raw)
	return err == nil && by != nil && by.Judge(f).Met
}

// order sorts the roles of a publication as readers need them.
func (p *publication) order() ([]model.RoleName, error) {
	var roles []model.RoleName
	there := map[model.RoleName][]byte{model.RoleRoot: p.rootBytes}
	for role := range p.files {
		roles = append(roles, role)
		if role == model.RoleRoot || !role.TopLevel() || p.files[model.RoleRoot] == nil {
			continue
		}
		file, err := p.look(p.namesOf(role, p.newest[role].version)[0])
		if err != nil {
			return nil, err
		}
		there[role] = file.content()
	}
	roles = order(slices.Values(roles))
	if at := slices.Index(roles, model.RoleRoot); at >= 0 && rootLast(there, p.files) {
		roles = append(slices.Delete(roles, at, at+1), model.RoleRoot)
	}
	return roles, nil
}

// inOrder sorts files that are sorted by role and version as readers need them of whom some have
// read what the place has. Only where it lacks a root does that differ.
func (p place) inOrder(files []metadataFile) ([]metadataFile, error) {
	there, fresh := map[model.RoleName][]byte{}, map[model.RoleName][]byte{}
	read := func(role model.RoleName) error {
		for _, file := range files {
			if file.role != role {
				continue
			}
			has, err := p.content(file.name)
			if err != nil {
				return err
			}
			if has != nil {
				there[role] = has
			}
			if !bytes.Equal(has, file.raw) {
				fresh[role] = file.raw
			}
		}
		return nil
	}
	if err := read(model.RoleRoot); err != nil || fresh[model.RoleRoot] == nil {
		return files, err
	}
	for _, role := range []model.RoleName{model.RoleTargets, model.RoleSnapshot, model.RoleTimestamp} {
		if err := read(role); err != nil {
			return nil, err
		}
	}
	if rootLast(there, fresh) {
		files = slices.Clone(files)
		slices.SortStableFunc(files, func(a, b metadataFile) int { return isRoot(a) - isRoot(b) })
	}
	return files, nil
}

func isRoot(f metadataFile) int {
	if f.role == model.RoleRoot {
		return 1
	}
	return 0
}
