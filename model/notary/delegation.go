package notary

import (
	"trustdeck/model"
)

// delegations verifies what a targets file delegates to, in pre-order. paths
// are the effective ones of the file; sound tells whether its key lists can be
// relied on.
func (v *verification) delegations(f *File, paths []string, sound bool) {
	ring := v.ring(f)
	v.keys.add(ring)
	snapshot := v.got[model.RoleSnapshot]
	seen := map[model.RoleName]bool{}
	for _, spec := range f.Roles {
		if len(v.out.Roles) >= MaxRoles {
			v.note(model.ProblemLimit, f.Role, "%s lists more roles than the limit: %s and the roles after it are skipped", f.Role, spec.Name)
			break
		}
		if seen[spec.Name] {
			v.twice(f.Role, spec.Name)
			continue
		}
		seen[spec.Name] = true
		a := authority{ring: ring, spec: spec}
		role := v.role(spec.Name, a)
		role.Effective = restrict(paths, spec.Paths)
		e := v.got[spec.Name]
		listed := v.listedInSnapshot(spec.Name)
		switch {
		case listed == nil && (e == nil || e.fault != nil && e.fault.Kind == model.FaultNotFound):
			role.State = model.RoleUnpublished
			v.recallDropped(&role, sound)
		case listed == nil && snapshot.ok():
			v.file(&role, e, a, a.count)
			add(&role, model.ProblemNotInSnapshot, model.Failure, "the snapshot does not list %s", spec.Name)
			v.recallDropped(&role, sound)
		default:
			v.file(&role, e, a, a.count)
			if listed != nil && e != nil && e.fault == nil {
				compare(&role, e, listed, model.RoleSnapshot)
			}
			v.keyCertificates(&role, a)
			outside(&role)
		}
		if !sound && role.State == model.RoleVerified {
			add(&role, model.ProblemUnverified, model.Failure, "%s cannot be verified because %s is broken", spec.Name, f.Role)
		}
		v.conclude(&role)
		v.recall(&role, e)
		v.out.Roles = append(v.out.Roles, role)
		if e.ok() {
			v.delegations(e.file, role.Effective, role.State == model.RoleVerified)
		}
	}
}

// twice judges a delegation that is listed a second time. Clients read it again, and
// stop where they have it already.
func (v *verification) twice(parent, name model.RoleName) {
	p := problem(model.ProblemDelegation, parent, "%s lists %s more than once; clients stop at the second entry", parent, name)
	if first := v.out.Role(name); first == nil || !first.Usable() {
		p = problem(model.ProblemDelegation, parent, "%s lists %s more than once", parent, name)
		p.Severity = model.Warning
	}
	v.out.Problems = append(v.out.Problems, *p)
}

// keyCertificates checks the certificates of all keys of a delegation that has
// content, whether they have signed or not, as clients do; only their expiry does not
// matter.
func (v *verification) keyCertificates(role *model.Role, a authority) {
	for _, id := range a.spec.KeyIDs {
		cert := firstCertificate(a.ring[id].text)
		if cert == nil {
			continue
		}
		if err := checkCertificate(cert, v.cfg.At, false); err != nil {
			add(role, model.ProblemKey, model.Failure, "clients refuse the key %s of %s: %v", id.Short(), role.Name, err)
		}
	}
}

func (v *verification) listedInSnapshot(name model.RoleName) *model.MetaEntry {
	if e := v.got[model.RoleSnapshot]; e.ok() {
		if m := e.file.Entry(name); !empty(m) {
			return m
		}
	}
	return nil
}

// empty reports whether an entry says nothing, so that clients do not ask for the
// delegation that it is about.
func empty(m *model.MetaEntry) bool {
	return m == nil || m.Length == 0 && m.Hashes.SHA256 == nil && m.Hashes.SHA512 == nil && len(m.Hashes.Other) == 0
}

func (v *verification) note(code model.ProblemCode, role model.RoleName, format string, args ...any) {
	p := problem(code, role, format, args...)
	p.Severity = model.Warning
	v.out.Problems = append(v.out.Problems, *p)
}

// outside notes targets that the role lists and may not: clients ignore them.
func outside(role *model.Role) {
	n, first := 0, ""
	permitted := NewPrefixes(role.Effective)
	for i := range role.Targets {
		if !permitted.Permits(role.Targets[i].Name) {
			if n == 0 {
				first = role.Targets[i].Name
			}
			n++
		}
	}
	if n > 0 {
		add(role, model.ProblemPath, model.Warning, "%s lists %s outside its paths, for example %q; clients ignore them", role.Name, model.Count(n, "target"), clip(first))
	}
}
