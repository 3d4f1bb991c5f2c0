package notary

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"trustdeck/model"
	"trustdeck/model/dialect"
)

// A Draft is a repository that is being changed: its files as they are, and as
// they shall be. What it changes it gives a new version and expiry, and has no
// signatures until Sign. The same changes to the same files give the same bytes.
type Draft struct {
	gun model.GUN
	// parsed holds files for this Draft and others.
	parsed *ParsedFiles
	// base holds the files as they are published; nil where there is none.
	base map[model.RoleName]*File
	// next holds those that are rewritten.
	next map[model.RoleName]*File
	// raw holds the bytes of base as they came.
	raw map[model.RoleName][]byte
	// delegated finds the delegations of files that many are looked up in; edit drops it.
	delegated map[*File]map[model.RoleName]*model.Delegation
	// removed are delegations that are no more, relisted those whose published file
	// the next snapshot lists again.
	removed, relisted []model.RoleName
	// ownSnapshot is true where the snapshot is signed here and not by the
	// server.
	ownSnapshot bool
}

// NewDraft begins with nothing: a repository that does not exist yet. ownSnapshot
// says that the snapshot will be signed here and not by the server.
func NewDraft(gun model.GUN, ownSnapshot bool) *Draft {
	return &Draft{
		delegated: map[*File]map[model.RoleName]*model.Delegation{},
		gun:       gun, base: map[model.RoleName]*File{}, next: map[model.RoleName]*File{}, raw: map[model.RoleName][]byte{}, ownSnapshot: ownSnapshot,
	}
}

// DraftOf begins with a repository as it was read. A role whose file is not
// readable is left out: it cannot be changed, only written anew.
func DraftOf(r *model.Repository, ownSnapshot bool) *Draft { return draftOf(r, ownSnapshot, nil) }

func draftOf(r *model.Repository, ownSnapshot bool, parsed *ParsedFiles) *Draft {
	d := NewDraft(r.GUN, ownSnapshot)
	d.parsed = parsed
	for i := range r.Roles {
		role := &r.Roles[i]
		if f, err := parsed.parse(role.Name, role.Raw, newBudget()); role.Raw != nil && err == nil {
			d.base[role.Name], d.raw[role.Name] = f.file, role.Raw
		}
	}
	return d
}

// Before returns what a file says as it is published; nil where there is none.
func (d *Draft) Before(role model.RoleName) *model.Metadata { return d.base[role].Content() }

// After returns what a file will say: the rewritten one, or the one that is
// published.
func (d *Draft) After(role model.RoleName) *model.Metadata { return d.file(role).Content() }

// file returns the file as it will be.
func (d *Draft) file(role model.RoleName) *File {
	if f := d.next[role]; f != nil {
		return f
	}
	return d.base[role]
}

// OwnSnapshot reports whether the snapshot is signed here and not by the server.
func (d *Draft) OwnSnapshot() bool { return d.ownSnapshot }

// Served are the timestamp, and the snapshot where it is not signed here.
func (d *Draft) Served() []model.RoleName {
	if d.ownSnapshot {
		return []model.RoleName{model.RoleTimestamp}
	}
	return []model.RoleName{model.RoleSnapshot, model.RoleTimestamp}
}

// Cautions are none: Notary's clients read what is checked before it is written.
func (d *Draft) Cautions([]model.RoleName) []dialect.Caution { return nil }

// Outgoing are none: a server publishes everything at once.
func (d *Draft) Outgoing(model.RoleName) dialect.Quorum { return dialect.Quorum{} }

// Lifetime is the function Lifetime.
func (d *Draft) Lifetime(role model.RoleName) time.Duration { return Lifetime(role) }

// SetLifetime changes nothing: what Notary's clients write lasts as long as they decide.
func (d *Draft) SetLifetime(model.RoleName, time.Duration) (in model.RoleName) { return "" }

// edit returns the file of a role to write to, as a copy of what is published.
func (d *Draft) edit(role model.RoleName) *File {
	if f := d.next[role]; f != nil {
		delete(d.delegated, f)
		return f
	}
	f := &File{Metadata: model.Metadata{Role: role, Roles: []model.Delegation{}}}
	if was := d.base[role]; was != nil {
		f = was.editable()
	}
	f.Version++
	d.next[role] = f
	return f
}

// editable copies what may be changed, without the signatures.
func (f *File) editable() *File {
	out := &File{ConsistentSnapshot: f.ConsistentSnapshot, Metadata: model.Metadata{
		Role: f.Role, Version: f.Version,
		Keys: slices.Clone(f.Keys), Targets: slices.Clone(f.Targets), Meta: slices.Clone(f.Meta),
		Roles: slices.Clone(f.Roles),
	}}
	for i := range out.Roles {
		out.Roles[i].KeyIDs = slices.Clone(out.Roles[i].KeyIDs)
		out.Roles[i].Paths = slices.Clone(out.Roles[i].Paths)
	}
	return out
}

// SetRole names the keys of a top-level role in the root, in place of those that
// it has. Root keys that are replaced stay in the list of keys, as Notary leaves
// them; those of other roles go.
func (d *Draft) SetRole(role model.RoleName, threshold int, keys ...PublicKey) {
	root := d.edit(model.RoleRoot)
	spec := model.Delegation{Name: role, Threshold: int64(threshold)}
	for _, k := range keys {
		spec.KeyIDs = append(spec.KeyIDs, k.ID)
		root.addKey(k)
	}
	var before []model.KeyID
	if was := root.Delegation(role); was != nil && role != model.RoleRoot {
		before = was.KeyIDs
	}
	root.Roles = slices.DeleteFunc(root.Roles, func(s model.Delegation) bool { return s.Name == role })
	root.Roles = append(root.Roles, spec)
	slices.SortFunc(root.Roles, func(a, b model.Delegation) int { return strings.Compare(string(a.Name), string(b.Name)) })
	root.forget(before)
}

// Bump rewrites a file as it is, with a new version and expiry.
func (d *Draft) Bump(role model.RoleName) { d.edit(role) }

// addKey keeps the keys sorted by ID.
func (f *File) addKey(k PublicKey) {
	i, found := slices.BinarySearchFunc(f.Keys, k.ID, func(have PublicKey, id model.KeyID) int {
		return strings.Compare(string(have.ID), string(id))
	})
	if !found {
		f.Keys = slices.Insert(f.Keys, i, k)
	}
}

// Rewritten lists the files that change, in the order in which they must be
// signed: a snapshot lists what was signed before it. The timestamp is the
// server's, and so is a snapshot that is not signed here.
func (d *Draft) Rewritten() []model.RoleName {
	if len(d.next) == 0 {
		return nil
	}
	roles := slices.SortedFunc(maps.Keys(d.next), func(a, b model.RoleName) int {
		if a == model.RoleRoot || b == model.RoleRoot {
			return boolOrder(b == model.RoleRoot) - boolOrder(a == model.RoleRoot)
		}
		if n := depth(a) - depth(b); n != 0 {
			return n
		}
		return strings.Compare(string(a), string(b))
	})
	roles = slices.DeleteFunc(roles, func(r model.RoleName) bool { return r == model.RoleSnapshot })
	if d.ownSnapshot {
		roles = append(roles, model.RoleSnapshot)
	}
	return roles
}

func boolOrder(b bool) int {
	if b {
		return 1
	}
	return 0
}

// Quorums lists who must sign a file that is rewritten: the keys that its
// parent will name, and for a root also those of the root that it replaces.
func (d *Draft) Quorums(role model.RoleName) []dialect.Quorum {
	var out []dialect.Quorum
	if role == model.RoleRoot {
		if before := d.base[model.RoleRoot]; before != nil {
			former := before.authority(role)
			former.Former = true
			out = append(out, former)
		}
	}
	if issuer := d.file(Parent(role)); issuer != nil {
		now := issuer.asks(d.delegation(issuer, role))
		if len(out) > 0 && sameAuthority(out[0], now) {
			out = nil
		}
		out = append(out, now)
	}
	return out
}

// delegation is File.Delegation for one of the files of the draft.
func (d *Draft) delegation(f *File, role model.RoleName) *model.Delegation {
	edges, known := d.delegated[f]
	if !known {
		edges = f.ByRole()
		d.delegated[f] = edges
	}
	return edges[role]
}

func (f *File) authority(role model.RoleName) dialect.Quorum { return f.asks(f.Delegation(role)) }

// asks is who must sign by a delegation of f; nil asks for nobody.
func (f *File) asks(spec *model.Delegation) dialect.Quorum {
	a := dialect.Quorum{GrantedBy: f.Role, Version: f.Version}
	if spec == nil {
		return a
	}
	a.Threshold = int(spec.Threshold)
	for _, id := range spec.KeyIDs {
		if k := f.Key(id); k != nil {
			a.Keys = append(a.Keys, *k)
		}
	}
	return a
}

func sameAuthority(a, b dialect.Quorum) bool {
	return a.Threshold == b.Threshold && slices.EqualFunc(a.Keys, b.Keys, func(x, y PublicKey) bool { return x.ID == y.ID })
}

// Stands reports whether a file as it is published has the signatures that its
// parent, as it shall be, asks for. Expiry is not looked at.
func (d *Draft) Stands(role model.RoleName) bool {
	f, issuer := d.base[role], d.file(Parent(role))
	return f != nil && issuer != nil && NewIssuer(issuer).Judge(f).Met
}

// Seal fixes the content of a file that is rewritten, valid from at, and returns
// the payload to sign. A snapshot must be sealed last: it lists the others as
// they were signed.
func (d *Draft) Seal(role model.RoleName, at time.Time) []byte {
	f := d.edit(role)
	if role == model.RoleSnapshot {
		d.list(f)
	}
	f.Expires = at.UTC().Add(Lifetime(role))
	f.Signatures = nil
	f.payload = f.Canonical()
	return f.payload
}

// list brings the entries of a snapshot up to date.
func (d *Draft) list(snapshot *File) {
	for role, f := range d.next {
		if role == model.RoleSnapshot || role == model.RoleTimestamp {
			continue
		}
		snapshot.Meta = slices.DeleteFunc(snapshot.Meta, func(m model.MetaEntry) bool { return m.Role == role })
		snapshot.Meta = append(snapshot.Meta, Entry(role, f.Wire()))
	}
	for _, role := range d.relisted {
		snapshot.Meta = slices.DeleteFunc(snapshot.Meta, func(m model.MetaEntry) bool { return m.Role == role })
		snapshot.Meta = append(snapshot.Meta, Entry(role, d.raw[role]))
	}
	snapshot.Meta = slices.DeleteFunc(snapshot.Meta, func(m model.MetaEntry) bool { return d.dropped(m.Role) })
	slices.SortFunc(snapshot.Meta, func(a, b model.MetaEntry) int { return strings.Compare(string(a.Role), string(b.Role)) })
}

// Sign adds a signature to a sealed file, in place of one by the same key.
func (d *Draft) Sign(role model.RoleName, sig dialect.Signature) {
	f := d.next[role]
	f.Signatures = slices.DeleteFunc(f.Signatures, func(have dialect.Signature) bool { return have.KeyID == sig.KeyID })
	f.Signatures = append(f.Signatures, sig)
}

// Check verifies a signed file as a server and a fresh client would, and returns
// its wire form: it must read back to what was meant, and have the signatures of
// every authority.
func (d *Draft) Check(role model.RoleName, at time.Time) ([]byte, error) {
	wire := d.next[role].Wire()
	read, err := d.parsed.parse(role, wire, newBudget())
	if err != nil {
		return nil, fmt.Errorf("what was written for %s does not read back: %w", role, err)
	}
	f := read.file
	if text := read.deviation(); text != "" || !bytes.Equal(f.Payload(), d.next[role].payload) {
		return nil, fmt.Errorf("what was written for %s reads back differently %s", role, text)
	}
	if role == model.RoleRoot {
		if before := d.base[model.RoleRoot]; before != nil {
			if p := Succeeds(d.gun, at, before, f); p != nil {
				return nil, fmt.Errorf("%s", p.Text)
			}
		}
		if p := Stands(d.gun, at, f); p != nil {
			return nil, fmt.Errorf("%s", p.Text)
		}
		return wire, nil
	}
	if v := NewIssuer(d.file(Parent(role))).Judge(f); !v.Met {
		return nil, fmt.Errorf("%s is not signed as required: %s", role, v.Problems[0].Text)
	}
	return wire, nil
}

// CheckKey says why a public key must not be listed: it cannot verify anything,
// or Notary's clients would refuse it. gun is not empty for a root certificate,
// which must be for that repository.
func CheckKey(k PublicKey, gun model.GUN, at time.Time) error {
	v := newVerifier(&k, nil)
	if v.err != nil {
		return v.err
	}
	if gun != "" {
		return rootCheck{gun: gun, at: at}.leaf(v, true)
	}
	if v.leaf == nil {
		return nil
	}
	return checkCertificate(v.leaf, at, true)
}

// CanonicalID is the ID of the bare key behind a listed one: the one that names
// private key files. It is the listed ID where the key does not parse.
func CanonicalID(k PublicKey) model.KeyID { return newVerifier(&k, nil).canonical }
