package bundle

import (
	"bytes"
	"slices"
	"strings"

	"trustdeck/model"
	"trustdeck/model/plan"
)

// Moved are the roles that a ceremony rests on, and of which a repository, as it was read just now,
// has other files: the root, and those that are signed here. A repository that is not there is nil.
// What else was published in the meantime makes no difference.
func (o *Opened) Moved(r *model.Repository) []model.RoleName {
	var out []model.RoleName
	roles := o.Roles()
	if !slices.Contains(roles, model.RoleRoot) {
		roles = append([]model.RoleName{model.RoleRoot}, roles...)
	}
	for _, role := range roles {
		var is []byte
		if r != nil && r.Role(role) != nil {
			is = r.Role(role).Raw
		}
		if !bytes.Equal(is, o.replaced(role)) {
			out = append(out, role)
		}
	}
	return out
}

// CheckBase refuses a repository of which something has moved: see Moved. The error is a *Refusal.
func (o *Opened) CheckBase(r *model.Repository) error {
	if moved := o.Moved(r); len(moved) > 0 {
		return refuse(BaseMoved, "someone has published %s in the meantime", strings.Join(model.Retype[string](moved), ", "))
	}
	return nil
}

// Published reports whether a repository, as it was read just now, has what a ceremony signs: each of
// its files says the very same, and has enough signatures. Another copy, with other signatures, may have
// been published. A repository that is not there is nil.
func (o *Opened) Published(r *model.Repository) bool {
	if r == nil || o.bundle.Rehearsal {
		return false
	}
	for _, f := range o.files {
		is := r.Role(f.Role)
		if is == nil || is.State != model.RoleVerified || is.Ahead {
			return false
		}
		if file, err := o.accepted(f, is.Raw); err != nil || !bytes.Equal(file.Payload, f.Bytes) {
			return false
		}
	}
	return true
}

// replaced is the file that a payload replaces; nil where there is none.
func (o *Opened) replaced(role model.RoleName) []byte {
	if n := len(o.bundle.Roots); role == model.RoleRoot && n > 0 {
		return o.bundle.Roots[n-1]
	}
	if f := o.base[role]; f != nil {
		return f.raw
	}
	return nil
}

// Seal makes the files of part i of a plan again, compiled on the repository as it is now, and
// gives them the signatures of the ceremony: what is left to sign are snapshot and timestamp. The
// plan must come to the very payloads that were signed. The error is a *Refusal; BaseMoved where
// what is replaced was published in the meantime.
func (o *Opened) Seal(p *plan.Plan, i int, r plan.Request) (*plan.Sealed, error) {
	if _, err := o.Files(); err != nil {
		return nil, err
	}
	if err := o.CheckBase(r.Repository); err != nil {
		return nil, err
	}
	var planned []model.RoleName
	for _, w := range p.Parts[i].Rewrites {
		if w.Signer == plan.SignedHere && !w.Role.ListsFiles() {
			planned = append(planned, w.Role)
		}
	}
	if r.GUN != o.bundle.Repository || !slices.Equal(planned, o.Roles()) {
		return nil, refuse(BadPayload, "what was asked for comes to other files than those that were signed")
	}
	sealed, err := plan.Seal(p, i, r, o.bundle.Keys)
	if err != nil {
		return nil, err
	}
	for _, f := range o.files {
		payload, err := sealed.Payload(f.Role, f.From)
		if err != nil {
			return nil, err
		}
		if !bytes.Equal(payload, f.Bytes) {
			return nil, refuse(BadPayload, "what was asked for comes to another %s %d than the one that was signed", f.Role, f.file.Version)
		}
		for _, sig := range o.signatures(f) { // in their order: the same file each time
			if err := sealed.Sign(f.Role, sig); err != nil {
				return nil, refuse(BadPayload, "%s", reasonOf(err))
			}
		}
		if err := sealed.Check(f.Role, o.at); err != nil {
			return nil, refuse(Incomplete, "%s", reasonOf(err))
		}
	}
	return sealed, nil
}
