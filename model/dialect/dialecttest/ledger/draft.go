package ledger

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"trustdeck/model"
	"trustdeck/model/dialect"
)

// draft is a ledger that is being changed.
type draft struct {
	base, next  map[model.RoleName]*file
	ownSnapshot bool
}

func newDraft(r *model.Repository, ownSnapshot bool) *draft {
	d := &draft{base: map[model.RoleName]*file{}, next: map[model.RoleName]*file{}, ownSnapshot: ownSnapshot}
	if r == nil {
		return d
	}
	for i := range r.Roles {
		if f, err := parse(r.Roles[i].Name, r.Roles[i].Raw); err == nil {
			d.base[f.Role] = f
		}
	}
	return d
}

func (d *draft) file(role model.RoleName) *file {
	if f := d.next[role]; f != nil {
		return f
	}
	return d.base[role]
}

func said(f *file) *model.Metadata {
	if f == nil {
		return nil
	}
	return &f.Metadata
}

func (d *draft) Before(role model.RoleName) *model.Metadata { return said(d.base[role]) }
func (d *draft) After(role model.RoleName) *model.Metadata  { return said(d.file(role)) }
func (d *draft) OwnSnapshot() bool                          { return d.ownSnapshot }

func (d *draft) Served() []model.RoleName {
	if d.ownSnapshot {
		return []model.RoleName{model.RoleTimestamp}
	}
	return []model.RoleName{model.RoleSnapshot, model.RoleTimestamp}
}

func (d *draft) Cautions([]model.RoleName) []dialect.Caution { return nil }

// Outgoing are none: everything is published at once.
func (d *draft) Outgoing(model.RoleName) dialect.Quorum { return dialect.Quorum{} }

// Lifetime is short.
func (d *draft) Lifetime(role model.RoleName) time.Duration { return lifetime(role) }

// SetLifetime changes nothing.
func (d *draft) SetLifetime(model.RoleName, time.Duration) (in model.RoleName) { return "" }

// edit returns the file of a role to write to.
func (d *draft) edit(role model.RoleName) *file {
	if f := d.next[role]; f != nil {
		return f
	}
	f := &file{Metadata: model.Metadata{Role: role}}
	if was := d.base[role]; was != nil {
		f.Metadata = was.Metadata
		f.Roles, f.Keys, f.Targets, f.Meta = slices.Clone(was.Roles), slices.Clone(was.Keys), slices.Clone(was.Targets), slices.Clone(was.Meta)
	}
	f.Version++
	d.next[role] = f
	return f
}

// list has a file list keys, sorted by ID, and no others than its edges name.
func (f *file) list(keys ...model.PublicKey) {
	f.Keys = append(f.Keys, keys...)
	f.Keys = slices.DeleteFunc(f.Keys, func(k model.PublicKey) bool {
		return !slices.ContainsFunc(f.Roles, func(e model.Delegation) bool { return slices.Contains(e.KeyIDs, k.ID) })
	})
	slices.SortFunc(f.Keys, func(a, b model.PublicKey) int { return strings.Compare(string(a.ID), string(b.ID)) })
	f.Keys = slices.CompactFunc(f.Keys, func(a, b model.PublicKey) bool { return a.ID == b.ID })
}

func ids(keys []model.PublicKey) []model.KeyID {
	var out []model.KeyID
	for _, k := range keys {
		if !slices.Contains(out, k.ID) {
			out = append(out, k.ID)
		}
	}
	return out
}

// set puts an edge in the place of the one to the same role.
func (f *file) set(edge model.Delegation) {
	edge.From = ""
	if at := f.Delegation(edge.Name); at != nil {
		*at = edge
		return
	}
	f.Roles = append(f.Roles, edge)
}

func (d *draft) SetRole(role model.RoleName, threshold int, keys ...model.PublicKey) {
	root := d.edit(model.RoleRoot)
	root.set(model.Delegation{Name: role, KeyIDs: ids(keys), Threshold: int64(threshold)})
	root.list(keys...)
}

func (d *draft) Delegate(edge model.Delegation, keys ...model.PublicKey) bool {
	was, known := d.Delegated(edge.From, edge.Name)
	if known {
		edge.Threshold = was.Threshold
	}
	edge.KeyIDs = slices.Clone(was.KeyIDs)
	for _, id := range ids(keys) {
		if !slices.Contains(edge.KeyIDs, id) {
			edge.KeyIDs = append(edge.KeyIDs, id)
		}
	}
	paths := slices.Clone(was.Paths)
	for _, path := range edge.Paths {
		if !slices.Contains(paths, path) {
			paths = append(paths, path)
		}
	}
	edge.Paths = paths
	if known && slices.Equal(edge.KeyIDs, was.KeyIDs) && slices.Equal(edge.Paths, was.Paths) {
		return false
	}
	f := d.edit(edge.From)
	f.set(edge)
	f.list(keys...)
	return true
}

func (d *draft) SetKeys(from, role model.RoleName, keys ...model.PublicKey) {
	f := d.edit(from)
	edge := *f.Delegation(role)
	edge.KeyIDs = ids(keys)
	f.set(edge)
	f.list(keys...)
}

func (d *draft) SetEdge(edge model.Delegation) {
	was, _ := d.Delegated(edge.From, edge.Name)
	edge.KeyIDs = was.KeyIDs
	d.edit(edge.From).set(edge)
}

func (d *draft) Undelegate(from, role model.RoleName) {
	f := d.edit(from)
	f.Roles = slices.DeleteFunc(f.Roles, func(e model.Delegation) bool { return e.Name == role })
	f.list()
	maps.DeleteFunc(d.next, func(name model.RoleName, _ *file) bool { return !d.Reached(name) })
}

func (d *draft) Bump(role model.RoleName) { d.edit(role) }

func (d *draft) Restart(role model.RoleName, targets []string) {
	f := d.edit(role)
	f.Roles, f.Keys = nil, nil
	f.Targets = slices.DeleteFunc(f.Targets, func(t model.Target) bool { return !slices.Contains(targets, t.Name) })
}

func (d *draft) AddTarget(role model.RoleName, target model.Target) bool {
	if now := d.file(role); now != nil && slices.ContainsFunc(now.Targets, target.Equal) {
		return false
	}
	f := d.edit(role)
	f.Targets = slices.DeleteFunc(f.Targets, func(t model.Target) bool { return t.Name == target.Name })
	f.Targets = append(f.Targets, target)
	slices.SortFunc(f.Targets, func(a, b model.Target) int { return strings.Compare(a.Name, b.Name) })
	return true
}

func (d *draft) RemoveTarget(role model.RoleName, name string) bool {
	named := func(t model.Target) bool { return t.Name == name }
	if now := d.file(role); now == nil || !slices.ContainsFunc(now.Targets, named) {
		return false
	}
	f := d.edit(role)
	f.Targets = slices.DeleteFunc(f.Targets, named)
	return true
}

func (d *draft) Relist(model.RoleName) {}

func (d *draft) Found(role model.RoleName, raw []byte) error {
	f, err := parse(role, raw)
	if err == nil {
		d.base[role] = f
	}
	return err
}

func (d *draft) Earlier(root *dialect.File) dialect.Quorum {
	q := quorum(own(root), model.RoleRoot)
	q.Former = true
	return q
}

func (d *draft) Delegators(role model.RoleName) []model.RoleName {
	if role.TopLevel() {
		return []model.RoleName{model.RoleRoot}
	}
	var out []model.RoleName
	names := slices.Sorted(maps.Keys(d.base))
	for name := range d.next {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	for _, name := range names {
		if f := d.file(name); name != model.RoleRoot && f.Delegation(role) != nil {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}

func (d *draft) Delegated(from, role model.RoleName) (model.Delegation, bool) {
	f := d.file(from)
	if f == nil || f.Delegation(role) == nil {
		return model.Delegation{}, false
	}
	edge := *f.Delegation(role)
	edge.From = from
	return edge, true
}

func (d *draft) Reached(role model.RoleName) bool {
	seen := map[model.RoleName]bool{}
	var reached func(model.RoleName) bool
	reached = func(role model.RoleName) bool {
		if role.TopLevel() {
			return true
		}
		if seen[role] {
			return false
		}
		seen[role] = true
		return slices.ContainsFunc(d.Delegators(role), reached)
	}
	return reached(role)
}

func (d *draft) Listed(role model.RoleName) []model.PublicKey {
	if !d.Reached(role) {
		return nil
	}
	return quorum(d.file(d.Delegators(role)[0]), role).Keys
}

func (d *draft) Stands(role model.RoleName) bool {
	f := d.base[role]
	return f != nil && len(d.Delegators(role)) > 0 && !slices.ContainsFunc(d.Delegators(role), func(from model.RoleName) bool { return !met(f, d.file(from)) })
}

func (d *draft) Lists(role model.RoleName) bool {
	snapshot := d.base[model.RoleSnapshot]
	return d.next[role] != nil || snapshot != nil && snapshot.Entry(role) != nil
}

func (d *draft) Relisted() []model.RoleName { return nil }

func (d *draft) Countersign(model.RoleName) error {
	return errors.New("nothing is written down before it is signed")
}

func (d *draft) Restate(model.RoleName) (changed bool) { return false }

func (d *draft) Signed(model.RoleName) ([]model.KeyID, bool) { return nil, false }

func (d *draft) Unlisted() []model.RoleName {
	var out []model.RoleName
	if snapshot := d.base[model.RoleSnapshot]; snapshot != nil {
		for _, m := range snapshot.Meta {
			if !d.Reached(m.Role) {
				out = append(out, m.Role)
			}
		}
	}
	return out
}

func (d *draft) Rewritten() []model.RoleName {
	if len(d.next) == 0 {
		return nil
	}
	order := []model.RoleName{model.RoleRoot, model.RoleTargets}
	for _, name := range slices.Sorted(maps.Keys(d.next)) {
		if name.Delegation() {
			order = append(order, name)
		}
	}
	order = slices.DeleteFunc(order, func(name model.RoleName) bool { return d.next[name] == nil })
	if d.ownSnapshot {
		order = append(order, model.RoleSnapshot)
	}
	return order
}

func quorum(by *file, role model.RoleName) dialect.Quorum {
	q := dialect.Quorum{GrantedBy: by.Role, Version: by.Version}
	if edge := by.Delegation(role); edge != nil {
		q.Threshold = int(edge.Threshold)
		for _, id := range edge.KeyIDs {
			if k := by.Key(id); k != nil {
				q.Keys = append(q.Keys, *k)
			}
		}
	}
	return q
}

func (d *draft) Quorums(role model.RoleName) []dialect.Quorum {
	var out []dialect.Quorum
	if before := d.base[model.RoleRoot]; role == model.RoleRoot && before != nil {
		former := quorum(before, role)
		former.Former = true
		now := quorum(d.file(role), role)
		if former.Threshold == now.Threshold && slices.Equal(ids(former.Keys), ids(now.Keys)) {
			return []dialect.Quorum{now}
		}
		out = append(out, former)
	}
	for _, from := range d.Delegators(role) {
		out = append(out, quorum(d.file(from), role))
	}
	return out
}

func (d *draft) Seal(role model.RoleName, from time.Time) []byte {
	f := d.edit(role)
	if role == model.RoleSnapshot {
		for _, name := range slices.Sorted(maps.Keys(d.next)) {
			if name != model.RoleSnapshot {
				f.Meta = put(f.Meta, entry(name, d.next[name].wire()))
			}
		}
		f.Meta = slices.DeleteFunc(f.Meta, func(m model.MetaEntry) bool { return !d.Reached(m.Role) })
	}
	f.Expires, f.signatures = from.UTC().Add(lifetime(role)), nil
	f.encode()
	return f.payload
}

func (d *draft) Sign(role model.RoleName, sig dialect.Signature) {
	f := d.next[role]
	f.signatures = slices.DeleteFunc(f.signatures, func(have dialect.Signature) bool { return have.KeyID == sig.KeyID })
	f.signatures = append(f.signatures, sig)
}

func (d *draft) Check(role model.RoleName, _ time.Time) ([]byte, error) {
	wire := d.next[role].wire()
	f, err := parse(role, wire)
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(f.payload, d.next[role].payload) {
		return nil, fmt.Errorf("%s does not read back", role)
	}
	by := []*file{}
	for _, from := range d.Delegators(role) {
		by = append(by, d.file(from))
	}
	if before := d.base[model.RoleRoot]; role == model.RoleRoot && before != nil {
		by = append(by, before)
	}
	for _, from := range by {
		if !met(f, from) {
			return nil, fmt.Errorf("%s lacks signatures that %s asks for", role, from.Role)
		}
	}
	return wire, nil
}
