package tuf

import (
	"errors"
	"fmt"
	"maps"

	"trustdeck/model"
)

// Countersign takes the file of a role as it is, to add signatures: one that was written for
// others to sign too, as tuf-on-ci's are, with an empty signature of each who is asked.
//
// Before is what it replaces then, as far as that is known.
func (d *Draft) Countersign(role model.RoleName) error {
	is := d.roles[role]
	if is == nil {
		return errors.New("it has no file")
	}
	f, err := Parse(role, is.Raw)
	if err != nil {
		return err
	}
	if snapshot := d.published(model.RoleSnapshot); snapshot != nil && role.HoldsTargets() {
		listed := snapshot.Entry(role)
		if listed != nil && listed.Version == f.Version && (listed.Length > 0 || !listed.Hashes.Equal(model.Hashes{})) {
			return fmt.Errorf("the snapshot lists version %d with its hash or length, which would change", f.Version)
		}
	}
	next := continued(role, is.Raw)
	next.file, next.payload, next.given = f, f.payload, givenSignatures(role, is.Raw)
	d.next[role], d.delegators = next, nil
	switch {
	case is.Replaces != nil:
		d.base[role], _ = Parse(role, is.Replaces) // it was read before
	case role == model.RoleRoot:
		d.base[role] = f // it is trusted already, and nobody needs to know which it follows
	default:
		d.base[role] = nil
	}
	next.givenBy = d.validBy(f)
	return nil
}

// Signed are the keys whose valid signatures a file has that is countersigned.
func (d *Draft) Signed(role model.RoleName) (by []model.KeyID, countersigned bool) {
	next := d.next[role]
	if next == nil || next.given == nil {
		return nil, false
	}
	return next.givenBy, true
}

// validBy are the keys whose valid signatures a file has by those who may sign it: for a root,
// also by the one that it replaces.
func (d *Draft) validBy(f *File) []model.KeyID {
	delegators := []*File{}
	if former := d.published(model.RoleRoot); f.Role == model.RoleRoot && former != nil {
		delegators = append(delegators, former)
	}
	for _, from := range d.Delegators(f.Role) {
		delegators = append(delegators, d.file(from))
	}
	var by []model.KeyID
	for _, from := range delegators {
		edge, _ := from.edge(f.Role)
		for _, s := range (authority{ring: newKeyring(from, nil), edge: edge}).count(f).signatures {
			if s.State == model.SignatureValid || s.State == model.SignatureDuplicate {
				by = append(by, s.KeyID)
			}
		}
	}
	return by
}

// givenSignatures are those of a file, with members that this package does not know.
func givenSignatures(role model.RoleName, raw []byte) []any {
	out := []any{}
	if e, err := version1.open(newDecoder(role, raw)); err == nil {
		given, _ := e.signatures.([]any)
		out = append(out, given...)
	}
	return out
}

// completed are the signatures of a countersigned file: those that were given, in their order
// and with the new ones in their places, and then further new ones.
func (f *draftFile) completed() []any {
	added := map[string]any{}
	for _, sig := range f.signatures {
		added[string(sig.KeyID)] = spelled(sig)["sig"]
	}
	out := []any{}
	for _, was := range f.given {
		o, _ := was.(map[string]any)
		id, _ := o["keyid"].(string)
		if text, ok := added[id]; ok {
			o = maps.Clone(o)
			o["sig"] = text
			delete(added, id)
		}
		out = append(out, o)
	}
	for _, sig := range f.signatures {
		if added[string(sig.KeyID)] != nil {
			out = append(out, spelled(sig))
		}
	}
	return out
}
