package tuf

import (
	"fmt"
	"slices"
	"strings"

	"trustdeck/model"
	"trustdeck/model/dialect"
)

// Cautions name what go-tuf 2.4.2 does not read of what is new in the files that are rewritten,
// with the number of the trap in docs/tuf.md, what clients read differently, and why they fail
// while the files are being published.
func (d *Draft) Cautions(bridged []model.RoleName) []dialect.Caution {
	var out []dialect.Caution
	for _, from := range d.Rewritten() {
		if from != model.RoleRoot && !from.HoldsTargets() {
			continue
		}
		before, after := d.published(from), d.file(from)
		for _, edge := range after.Roles {
			was := model.Delegation{}
			if before != nil {
				was, _ = before.edge(edge.Name)
			}
			for _, c := range unreadEdge(after, edge, was) {
				if !slices.Contains(out, c) {
					out = append(out, c)
				}
			}
		}
	}
	return append(out, d.windows(bridged)...)
}

// windows say why clients fail that read the repository while it is being published: the names of
// files hold no versions, or what is read before the new root does not stand after it, unless it
// is bridged.
func (d *Draft) windows(bridged []model.RoleName) []dialect.Caution {
	before, rewritten := d.published(model.RoleRoot), d.Rewritten()
	others := slices.DeleteFunc(slices.Clone(rewritten), func(role model.RoleName) bool { return role == model.RoleRoot })
	if before == nil || len(others) == 0 {
		return nil
	}
	if !before.ConsistentSnapshot || !d.file(model.RoleRoot).ConsistentSnapshot {
		return []dialect.Caution{{Text: "clients that read the repository while it is being published fail, because it has no consistent snapshots; they succeed when they try again"}}
	}
	var changed []string
	for _, role := range []model.RoleName{model.RoleTargets, model.RoleSnapshot, model.RoleTimestamp} {
		if slices.Contains(others, role) && !d.Stands(role) && !slices.Contains(bridged, role) {
			changed = append(changed, string(role))
		}
	}
	if len(changed) == 0 {
		return nil
	}
	return []dialect.Caution{{Text: fmt.Sprintf(
		"clients that read the repository while it is being published may fail, because %s gets other keys; they succeed when they try again", strings.Join(changed, " and "))}}
}

// unreadEdge says what clients do not read of what is new in a delegation, or differently.
func unreadEdge(f *File, edge, was model.Delegation) []dialect.Caution {
	var out []dialect.Caution
	add := func(role model.RoleName, format string, args ...any) {
		out = append(out, dialect.Caution{Role: role, Text: fmt.Sprintf(format, args...)})
	}
	for _, trap := range unreadKeys(f, edge, was) {
		add(edge.Name, "go-tuf up to 2.4.2 will refuse %s: %s", edge.Name, trap)
	}
	if edge.PathHashPrefixes != nil && was.PathHashPrefixes == nil {
		add(f.Role, "go-tuf up to 2.4.2 will find no target of %s, because it compares hash prefixes with base64 (T4)", edge.Name)
	}
	for _, pattern := range edge.Paths {
		if ambiguous(pattern) && !slices.Contains(was.Paths, pattern) {
			add(f.Role, "clients read the path %q of %s differently: they only agree on * and ?", clip(pattern), edge.Name)
		}
	}
	return out
}

// unreadKeys says of the keys that a delegation gets why go-tuf cannot use them.
func unreadKeys(f *File, edge, was model.Delegation) []string {
	var out []string
	for _, id := range edge.KeyIDs {
		k := f.key(id)
		if k == nil || slices.Contains(was.KeyIDs, id) {
			continue
		}
		v, name := newVerifier(k, nil), "key "+id.Short()
		if string(k.Public) == string(k.ID) { // one that is to be made has its name in place of its bytes
			v.err, name = nil, "the new key"
		}
		if trap := unread(v); trap != "" {
			out = append(out, fmt.Sprintf(trap, name))
		}
	}
	return out
}

// unread says why go-tuf cannot use a key, or counts no signature by it; empty where it can.
func unread(v *verifier) string {
	switch {
	case v.otherCurve:
		return "the scheme of %s is for another curve (T8)"
	case v.Type == keyMLDSA:
		return "it doesn't know the type of %s, ML-DSA (T12)"
	case v.hexPoint:
		return "it doesn't read the form of %s, a point in hexadecimal (T6)"
	case v.Type != kind(v.Type) && v.Type == "RSA":
		return "%s states its type as RSA in capitals (T13)"
	case v.scheme == schemePKCS1:
		return "it counts no signature by %s, with PKCS#1 v1.5 (T11)"
	case v.err != nil:
		return "it can't use %s (T5)"
	default:
		return ""
	}
}
