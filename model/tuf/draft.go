package tuf

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"

	"trustdeck/model"
	"trustdeck/model/dialect"
)

// A Draft is a repository that is being changed. What is edited is the signed part as it came,
// so that members which this package does not know stay as they are.
//
// A new version of targets or a delegation makes one of snapshot and timestamp: clients read
// versions from there (TUF 4.4). A new root does not, unless it names other keys for them. A
// role that was listed once stays listed, also where nothing delegates to it any more: clients
// refuse a snapshot from which one has vanished (TUF 5.5.5).
type Draft struct {
	// roles are those that have a file, as they were verified, and base their files as far as
	// they were asked for, nil where they are not readable: one that is large and stays as it
	// is need not be read again.
	roles map[model.RoleName]*model.Role
	base  map[model.RoleName]*File
	// asked is the root that lacks signatures yet; nil where it does not.
	asked *File
	// next are the files that are rewritten.
	next map[model.RoleName]*draftFile
	// delegators are the roles that delegate to each role; nil until it is asked for, and
	// after each edit of a delegation.
	delegators map[model.RoleName][]model.RoleName
}

var _ dialect.Draft = (*Draft)(nil)

// Draft begins to change a repository.
func (Dialect) Draft(_ model.GUN, r *model.Repository, _ bool) dialect.Draft {
	d := &Draft{roles: map[model.RoleName]*model.Role{}, base: map[model.RoleName]*File{}, next: map[model.RoleName]*draftFile{}}
	if r == nil {
		return d
	}
	for i := range r.Roles {
		if role := &r.Roles[i]; role.Raw != nil {
			d.roles[role.Name] = role
		}
	}
	if root := d.roles[model.RoleRoot]; root != nil && root.State != model.RoleVerified && root.Replaces != nil {
		d.asked, _ = Parse(model.RoleRoot, root.Raw) // it was read before
		d.base[model.RoleRoot], _ = Parse(model.RoleRoot, root.Replaces)
	}
	return d
}

// published is a file as it is published; nil where there is none, or none that is readable.
func (d *Draft) published(role model.RoleName) *File {
	f, read := d.base[role]
	if is, ok := d.roles[role]; ok && !read {
		f, _ = Parse(role, is.Raw)
		d.base[role] = f
	}
	return f
}

// file is a file as it will be; nil where there is none.
func (d *Draft) file(role model.RoleName) *File {
	switch f := d.next[role]; {
	case f != nil:
		return f.said()
	case role == model.RoleRoot && d.asked != nil:
		return d.asked
	default:
		return d.published(role)
	}
}

// metadata is what a file says; nil where there is none.
func metadata(f *File) *model.Metadata {
	if f == nil {
		return nil
	}
	return &f.Metadata
}

// Before is what a file says as it is published.
func (d *Draft) Before(role model.RoleName) *model.Metadata { return metadata(d.published(role)) }

// After is what it will say.
func (d *Draft) After(role model.RoleName) *model.Metadata { return metadata(d.file(role)) }

// OwnSnapshot reports whether administrators sign the snapshot.
func (d *Draft) OwnSnapshot() bool { return !slices.Contains(d.Served(), model.RoleSnapshot) }

// Served are snapshot and timestamp where a robot signs them: it has as many of their keys as
// are needed.
func (d *Draft) Served() []model.RoleName {
	var out []model.RoleName
	root := d.file(model.RoleRoot)
	for _, role := range []model.RoleName{model.RoleSnapshot, model.RoleTimestamp} {
		if root.robotSigns(role) {
			out = append(out, role)
		}
	}
	return out
}

// robotSigns reports whether a robot has as many of the keys of a role as are needed, by a root.
func (f *File) robotSigns(role model.RoleName) bool {
	q, online := quorumOf(f, role), 0
	for _, k := range q.Keys {
		if k.Online {
			online++
		}
	}
	return q.Threshold > 0 && online >= q.Threshold
}

// edit returns the file of a role to write to: a new version of what is published.
func (d *Draft) edit(role model.RoleName) *draftFile {
	if f := d.next[role]; f != nil {
		return f
	}
	var f *draftFile
	if was := d.published(role); was != nil {
		f = continued(role, d.roles[role].Raw)
	} else {
		f = begun(role)
		if root := d.roles[model.RoleRoot]; root != nil {
			f.form = formOf(root.Raw)
		}
	}
	f.setVersion(d.latest(role) + 1)
	d.next[role] = f
	return f
}

// latest is the newest version of a role that clients may have seen: a delegation that was
// removed has no file here, and stays in the snapshot.
func (d *Draft) latest(role model.RoleName) int64 {
	var out int64
	if was := d.published(role); was != nil {
		out = was.Version
	}
	if snapshot := d.published(model.RoleSnapshot); snapshot != nil && role.HoldsTargets() {
		if entry := snapshot.Entry(role); entry != nil {
			out = max(out, entry.Version)
		}
	}
	return out
}

// Bump rewrites a file as it is.
func (d *Draft) Bump(role model.RoleName) { d.edit(role) }

// Lifetime is what the metadata states of a role, else what it is by default.
func (d *Draft) Lifetime(role model.RoleName) time.Duration {
	by := role
	if role.ListsFiles() {
		by = model.RoleRoot
	}
	if f := d.file(by); f != nil && f.periods[role].expiry > 0 {
		return f.periods[role].expiry
	}
	return lifetime(role)
}

// SetLifetime states it as tuf-on-ci does: in the root of snapshot and timestamp, else in the file
// itself. A signing period that would be no shorter becomes half of it.
func (d *Draft) SetLifetime(role model.RoleName, valid time.Duration) (in model.RoleName) {
	days := int64(valid / day)
	if d.Lifetime(role) == time.Duration(days)*day {
		return ""
	}
	by := role
	if role.ListsFiles() {
		by = model.RoleRoot
	}
	f := d.edit(by)
	signing := f.said().periods[role].signing
	spec := f.tree
	if by != role {
		spec = member(member(f.tree, "roles"), string(role))
	}
	spec[expiryPeriod] = number(days)
	if signing >= time.Duration(days)*day {
		spec[signingPeriod] = number(max(days/2, 1))
	}
	f.file = nil
	return by
}

const day = 24 * time.Hour

// lifetime is how long files are valid where nothing is stated. The specification only says
// that timestamps are to be the shortest; these are near what public repositories have.
func lifetime(role model.RoleName) time.Duration {
	switch role {
	case model.RoleTimestamp:
		return 7 * day
	case model.RoleSnapshot:
		return 90 * day
	default:
		return 365 * day
	}
}

// Rewritten lists the files that change.
func (d *Draft) Rewritten() []model.RoleName {
	if len(d.next) == 0 {
		return nil
	}
	var out, delegated []model.RoleName
	changed := false
	for role := range maps.Keys(d.next) {
		changed = changed || role.HoldsTargets() && !d.listsAsIs(role)
		if role.Delegation() {
			delegated = append(delegated, role)
		}
	}
	slices.Sort(delegated)
	for _, role := range append([]model.RoleName{model.RoleRoot, model.RoleTargets}, delegated...) {
		if d.next[role] != nil {
			out = append(out, role)
		}
	}
	served := d.Served()
	for _, role := range []model.RoleName{model.RoleSnapshot, model.RoleTimestamp} {
		changed = changed || d.next[role] != nil || !d.Stands(role)
		if changed && !slices.Contains(served, role) {
			out = append(out, role)
		}
	}
	return out
}

// listsAsIs reports whether the snapshot lists a file already that is countersigned.
func (d *Draft) listsAsIs(role model.RoleName) bool {
	next, snapshot := d.next[role], d.published(model.RoleSnapshot)
	if next.given == nil || snapshot == nil {
		return false
	}
	listed := snapshot.Entry(role)
	return listed != nil && listed.Version == next.file.Version
}

// Quorums lists who must sign a file that is rewritten.
func (d *Draft) Quorums(role model.RoleName) []dialect.Quorum {
	var out []dialect.Quorum
	if before := d.published(model.RoleRoot); role == model.RoleRoot && before != nil {
		former, now := quorumOf(before, role), quorumOf(d.file(role), role)
		if former.Threshold == now.Threshold && slices.EqualFunc(former.Keys, now.Keys, sameListed) {
			return []dialect.Quorum{now}
		}
		former.Former = true
		out = append(out, former)
	}
	for _, from := range d.Delegators(role) {
		out = append(out, quorumOf(d.file(from), role))
	}
	return out
}

// Outgoing are the keys of the root that is replaced. Clients read the new root before the file or
// after it; one without versions in the names of files they may read half old and half new anyway.
func (d *Draft) Outgoing(role model.RoleName) dialect.Quorum {
	before, after := d.published(model.RoleRoot), d.file(model.RoleRoot)
	if before == nil || role == model.RoleRoot || !role.TopLevel() || d.Stands(role) ||
		!before.ConsistentSnapshot || !after.ConsistentSnapshot {
		return dialect.Quorum{}
	}
	q := quorumOf(before, role)
	q.Former = true
	return q
}

func sameListed(a, b model.PublicKey) bool { return a.ID == b.ID }

// quorumOf is who may sign a role by a file.
func quorumOf(by *File, role model.RoleName) dialect.Quorum {
	if by == nil {
		return dialect.Quorum{}
	}
	q := dialect.Quorum{GrantedBy: by.Role, Version: by.Version}
	edge, ok := by.edge(role)
	if !ok {
		return q
	}
	q.Threshold = int(edge.Threshold)
	for _, id := range edge.KeyIDs {
		if k := by.key(id); k != nil {
			q.Keys = append(q.Keys, k.PublicKey)
		}
	}
	return q
}

// edge is what a file says of a role.
func (f *File) edge(role model.RoleName) (edge model.Delegation, ok bool) {
	if d := f.Delegation(role); d != nil {
		edge, ok = *d, true
	} else if f.bins != nil && f.bins.has(role) {
		edge, ok = f.bins.edge(role), true
	}
	edge.From = f.Role
	return edge, ok
}

// Earlier is the quorum of an earlier root.
func (d *Draft) Earlier(root *dialect.File) dialect.Quorum {
	q := quorumOf(ownFile(root), model.RoleRoot)
	q.Former = true
	return q
}

// Stands reports whether a file as it is published has the signatures that its delegators, as
// they will be, ask for.
func (d *Draft) Stands(role model.RoleName) bool {
	f, by := d.published(role), d.Delegators(role)
	return f != nil && len(by) > 0 && !slices.ContainsFunc(by, func(from model.RoleName) bool { return d.unmet(f, from) != nil })
}

// unmet is why a file lacks signatures that a delegator asks for; nil where it does not.
func (d *Draft) unmet(f *File, from model.RoleName) error {
	by := d.file(from)
	edge, ok := by.edge(f.Role)
	if !ok {
		return fmt.Errorf("%s does not delegate to %s", from, f.Role)
	}
	a := authority{ring: newKeyring(by, nil), edge: edge}
	if t := a.count(f); !a.met(t) {
		return fmt.Errorf("%s is not signed as required: %s", f.Role, cmp.Or(firstText(a.problems(f.Role, t)), "its signatures are not enough"))
	}
	return nil
}

func firstText(problems []model.Problem) string {
	if len(problems) == 0 {
		return ""
	}
	return problems[0].Text
}

// Found takes nothing: a file that the snapshot does not list counts for nobody.
func (d *Draft) Found(model.RoleName, []byte) error { return nil }

// Relist does nothing: the snapshot never stops listing a file.
func (d *Draft) Relist(model.RoleName) {}

// Lists reports whether the snapshot will list a role, be it once a robot has signed it. It lists
// a root where it did before.
func (d *Draft) Lists(role model.RoleName) bool {
	is, snapshot := d.roles[role], d.published(model.RoleSnapshot)
	return d.next[role] != nil && role.HoldsTargets() || is != nil && is.Ahead || snapshot != nil && snapshot.Entry(role) != nil
}

// Relisted are none.
func (d *Draft) Relisted() []model.RoleName { return nil }

// Unlisted are none.
func (d *Draft) Unlisted() []model.RoleName { return nil }

// Seal fixes the content of a file. A snapshot states the versions of those that were sealed
// before it, a timestamp that of the snapshot.
func (d *Draft) Seal(role model.RoleName, from time.Time) []byte {
	f := d.edit(role)
	if role == model.RoleSnapshot {
		d.listFiles(f)
	}
	if role == model.RoleTimestamp {
		f.list(model.RoleSnapshot, d.file(model.RoleSnapshot).Version, d.wire(model.RoleSnapshot))
	}
	f.seal(from.UTC().Truncate(time.Second).Add(d.Lifetime(role)))
	return f.payload
}

// listFiles has the snapshot state the versions of what is rewritten.
func (d *Draft) listFiles(snapshot *draftFile) {
	for _, role := range slices.Sorted(maps.Keys(d.next)) {
		if role.HoldsTargets() || role == model.RoleRoot && snapshot.lists(role) {
			snapshot.list(role, d.file(role).Version, d.wire(role))
		}
	}
}

// wire is a file as it will be published.
func (d *Draft) wire(role model.RoleName) []byte {
	if f := d.next[role]; f != nil {
		return f.wire()
	}
	if is := d.roles[role]; is != nil {
		return is.Raw
	}
	return nil
}

// Sign adds a signature to a sealed file, in place of one by the same key.
func (d *Draft) Sign(role model.RoleName, sig dialect.Signature) {
	f := d.next[role]
	f.signatures = slices.DeleteFunc(f.signatures, func(have dialect.Signature) bool { return have.KeyID == sig.KeyID })
	f.signatures, f.written = append(f.signatures, sig), nil
}

// Check verifies a signed file as a client would.
func (d *Draft) Check(role model.RoleName, _ time.Time) ([]byte, error) {
	wire := d.next[role].wire()
	f, err := Parse(role, wire)
	if err != nil {
		return nil, fmt.Errorf("what was written for %s does not read back: %w", role, err)
	}
	if !bytes.Equal(f.payload, d.next[role].payload) {
		return nil, fmt.Errorf("what was written for %s reads back differently", role)
	}
	if d.next[role].given != nil {
		return wire, nil // others may have yet to sign it
	}
	if before := d.published(model.RoleRoot); role == model.RoleRoot && before != nil {
		if p := succeeds(standalone(before), standalone(f)); p != nil {
			return nil, fmt.Errorf("%s", p.Text)
		}
	}
	by := d.Delegators(role)
	if len(by) == 0 {
		return nil, fmt.Errorf("nothing delegates to %s", role)
	}
	for _, from := range by {
		if err := d.unmet(f, from); err != nil {
			return nil, err
		}
	}
	return wire, nil
}
