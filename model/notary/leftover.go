package notary

import (
	"errors"
	"fmt"
	"slices"

	"trustdeck/model"
)

// maxVersion is the highest version above which another one is written: the server keeps
// versions in 32 bits.
const maxVersion = 1<<31 - 2

// Unlisted names the delegations that targets files name and the snapshot does not list,
// in pre-order. A server keeps the file of a delegation that was removed: where it has one
// of these, no client finds it, and none can sign the role, because the version that it
// would write is taken. Call it once Wants is empty; hand such a file to Give under the
// name of its role alone, before Repository.
func (l *Load) Unlisted() []model.RoleName {
	snapshot := l.got[model.RoleSnapshot]
	if !snapshot.ok() {
		return nil
	}
	var out []model.RoleName
	seen := map[model.RoleName]bool{}
	var below func(f *File)
	below = func(f *File) {
		for _, spec := range f.Roles {
			if seen[spec.Name] || len(seen) >= MaxRoles {
				continue
			}
			seen[spec.Name] = true
			if e := l.got[spec.Name]; e.ok() {
				below(e.file)
			} else if e == nil && snapshot.file.Entry(spec.Name) == nil {
				out = append(out, spec.Name)
			}
		}
	}
	if e := l.got[model.RoleTargets]; e.ok() {
		below(e.file)
	}
	return out
}

// Found adds the file that the server still has of a delegation that the repository does
// not name, or does not list. It is only what a new version must be above; nothing vouches
// for it. The error says why no version can be written above it.
func (d *Draft) Found(role model.RoleName, raw []byte) error {
	f, err := Parse(role, raw)
	switch {
	case err != nil:
		return fmt.Errorf("the file of %s that the server still has is not readable: %w", role, err)
	case f.Version > maxVersion:
		return fmt.Errorf("the file of %s that the server still has is version %d, and no higher version is possible", role, f.Version)
	}
	d.base[role], d.raw[role] = f, raw
	return nil
}

// Restart replaces the file of a delegation: the new one keeps the named ones of its tags,
// and nothing else.
func (d *Draft) Restart(role model.RoleName, tags []string) {
	f := d.edit(role)
	f.Keys, f.Roles = nil, []model.Delegation{}
	f.Targets = slices.DeleteFunc(f.Targets, func(t model.Target) bool { return !slices.Contains(tags, t.Name) })
}

// Countersign takes nothing: a file is published only once it has its signatures.
func (d *Draft) Countersign(model.RoleName) error {
	return errors.New("a file is published only once it has enough signatures")
}

// Restate changes nothing: a key has one form, and a certificate is chosen when keys change.
func (d *Draft) Restate(model.RoleName) (changed bool) { return false }

// Signed is about no file: see Countersign.
func (d *Draft) Signed(model.RoleName) (by []model.KeyID, ok bool) { return nil, false }

// Relist has a snapshot that is signed here list a file as it is published, so that the
// signers of its role find it, and can sign a version above it.
func (d *Draft) Relist(role model.RoleName) {
	snapshot := d.base[model.RoleSnapshot]
	if d.ownSnapshot && d.raw[role] != nil && snapshot != nil && snapshot.Entry(role) == nil {
		d.relisted = append(d.relisted, role)
		d.edit(model.RoleSnapshot)
	}
}

// Relisted names those files, in the order of Relist.
func (d *Draft) Relisted() []model.RoleName { return d.relisted }

// Lists reports whether the snapshot, as it will be, lists a role. A server that signs the
// snapshot takes nothing out of it.
func (d *Draft) Lists(role model.RoleName) bool {
	switch {
	case d.next[role] != nil || slices.Contains(d.relisted, role):
		return true
	case d.ownSnapshot && d.dropped(role):
		return false
	}
	snapshot := d.base[model.RoleSnapshot]
	return snapshot != nil && snapshot.Entry(role) != nil
}
