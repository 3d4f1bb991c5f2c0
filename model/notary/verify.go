package notary

import (
	"bytes"
	"crypto/sha256"
	"crypto/sha512"
	"path"
	"slices"

	"trustdeck/model"
	"trustdeck/model/memory"
)

// A verification turns the files of a Load into a repository. Its steps run in
// order, because each rests on the one before: root, timestamp, snapshot,
// targets, delegations.
type verification struct {
	*Load
	out *model.Repository
	// root gives the keys; it is nil where no root could be read.
	root *File
	// trusted is false where nothing vouches for root.
	trusted bool
	// former holds root keys of the past, for signatures that show a rotation.
	former keyring
	keys   *keyTable
	seen   sight
}

// Repository verifies what was given. It may be called once, when Wants is
// empty.
func (l *Load) Repository() *model.Repository {
	v := &verification{
		Load: l,
		out: &model.Repository{
			GUN:     l.cfg.GUN,
			Dialect: model.NotaryV1,
			At:      l.cfg.At,
		},
		keys: newKeyTable(),
		seen: sight{roles: map[model.RoleName]memory.Seen{}},
	}
	root := v.verifyRoot()
	timestamp := v.topLevel(model.RoleTimestamp, nil)
	snapshot := v.topLevel(model.RoleSnapshot, v.got[model.RoleTimestamp])
	v.compareRoot(&root)
	targets := v.topLevel(model.RoleTargets, v.got[model.RoleSnapshot])
	targets.Effective = []string{""}
	v.seen.listed = v.snapshotVersion(&snapshot)

	v.out.Roles = append(v.out.Roles, root, targets)
	if e := v.got[model.RoleTargets]; e.ok() {
		v.delegations(e.file, []string{""}, targets.State == model.RoleVerified)
	}
	v.noteRemoved()
	v.out.Roles = append(v.out.Roles, snapshot, timestamp)
	v.out.Keys = v.keys.join(v.out.Roles)
	if v.budget.Over != "" {
		v.out.Problems = append(v.out.Problems, *problem(model.ProblemLimit, "", "the repository exceeds the limits for one repository: %s", v.budget.Over))
	}
	model.SortProblems(v.out.Problems)
	v.sight = &v.seen
	return v.out
}

// topLevel verifies timestamp, snapshot or targets; listing is the file that
// states its hash.
func (v *verification) topLevel(name model.RoleName, listing *entry) model.Role {
	a := authority{}
	if v.root != nil {
		a = v.over(v.root, name)
	}
	role := v.role(name, a)
	v.file(&role, v.got[name], a, func(f *File) tally { return v.tally(v.root, f) })
	if listing.ok() && v.got[name] != nil && v.got[name].fault == nil {
		listed := listing.file.Entry(name)
		if listed == nil {
			add(&role, model.ProblemNotInSnapshot, model.Failure, "the %s does not list %s", listing.file.Role, name)
		} else {
			compare(&role, v.got[name], listed, listing.file.Role)
		}
	}
	if name != model.RoleTimestamp && !listing.ok() && role.Version > 0 {
		add(&role, model.ProblemUnverified, model.Warning, "nothing confirms that this version of %s is current", name)
	}
	v.conclude(&role)
	v.recall(&role, v.got[name])
	return role
}

// role begins a role with what its parent says of it.
func (v *verification) role(name model.RoleName, a authority) model.Role {
	role := NewRole(name)
	if a.spec.Name != "" {
		a.spec.From = Parent(name)
		role.Parents = []model.Delegation{a.spec}
	}
	role.Threshold, role.Paths = int(a.spec.Threshold), a.spec.Paths
	distinct, bare := map[model.KeyID]bool{}, map[model.KeyID]bool{}
	for _, id := range a.spec.KeyIDs {
		canonical := id
		if key := a.ring[id]; key != nil {
			canonical = key.canonical
		}
		role.Listed = append(role.Listed, id)
		role.Keys = append(role.Keys, canonical)
		distinct[id], bare[canonical] = true, true
	}
	if a.spec.Threshold > 1 && len(bare) < len(distinct) {
		// Notary counts listed IDs, and so does a client here.
		add(&role, model.ProblemKey, model.Warning, "%s lists one key under several certificates, so one holder counts more than once towards the %d needed", name, a.spec.Threshold)
	}
	if a.spec.Threshold > 0 && int64(len(distinct)) < a.spec.Threshold {
		add(&role, model.ProblemTooFewKeys, model.Warning, "%s lists %s but needs signatures from %d, so it cannot be signed", name, model.Count(len(distinct), "key"), a.spec.Threshold)
	}
	return role
}

// online are the roles that a server always signs, and signs anew when they are read after
// they have expired.
var online = []model.RoleName{model.RoleTimestamp}

// NewRole begins a role of which nothing is known but its name.
func NewRole(name model.RoleName) model.Role {
	server := slices.Contains(online, name)
	return model.Role{Name: name, Short: path.Base(string(name)), Online: server, SelfRenewing: server, State: model.RoleVerified}
}

// file fills in what the file says and judges it on its own: form, signatures,
// expiry, spelling.
func (v *verification) file(role *model.Role, e *entry, a authority, count func(*File) tally) {
	switch {
	case e == nil || e.fault != nil && e.fault.Kind == model.FaultNotFound:
		role.State = model.RoleMissing
		add(role, model.ProblemMissing, model.Failure, "there is no file for %s", role.Name)
		return
	case e.fault != nil:
		role.State = model.RoleUnavailable
		add(role, model.ProblemUnavailable, model.Failure, "%s could not be read: %s", role.Name, e.fault.Text)
		role.Problems[len(role.Problems)-1].Fault = e.fault
		return
	}
	role.Raw, role.SHA256, role.Modified = e.raw, e.sum, e.modified
	if e.parse != nil {
		role.State = model.RoleUnreadable
		add(role, e.parse.Code, model.Failure, "%s is not readable: %s", role.Name, e.parse.Text)
		return
	}
	f := e.file
	role.Version, role.Expires, role.Targets, role.Meta = f.Version, f.Expires.UTC(), f.Targets, f.Meta
	role.Delegations = f.Delegations()
	if a.ring == nil {
		for _, sig := range f.Signatures {
			role.Signatures = append(role.Signatures, model.Signature{KeyID: sig.KeyID, Method: sig.Method})
		}
	} else {
		t := count(f)
		role.Signatures, role.Valid = t.signatures, t.valid
		role.Problems = append(role.Problems, a.problems(role.Name, t)...)
	}
	v.spelling(role, e)
	listingForm(role, f)
	if f.Expires.Before(v.cfg.At) {
		role.Expired = true
		add(role, model.ProblemExpired, model.Failure, "%s expired at %s", role.Name, model.Moment(role.Expires))
	}
}

// spelling finds bytes that are valid and not Notary's own.
func (v *verification) spelling(role *model.Role, e *entry) {
	if text := e.parsed.deviation(); text != "" {
		add(role, model.ProblemNotEmission, model.Warning, "%s is not in Notary's form: %s", role.Name, text)
	}
	if n := len(e.file.unsafe); n > 0 {
		add(role, model.ProblemCustom, model.Warning, "Notary's clients cannot re-sign the custom value of %q (%s in total)", clip(e.file.unsafe[0]), model.Count(n, "such target"))
	}
}

// listingForm applies Notary's structure check to a snapshot or timestamp: what
// every client needs must be listed with a SHA-256, and each hash that is known
// must have its length.
func listingForm(role *model.Role, f *File) {
	needed := map[model.RoleName][]model.RoleName{
		model.RoleSnapshot:  {model.RoleRoot, model.RoleTargets},
		model.RoleTimestamp: {model.RoleSnapshot},
	}
	for _, name := range needed[f.Role] {
		m := f.Entry(name)
		if m == nil {
			m = &model.MetaEntry{}
		}
		long, isLong := stated(m.Hashes, nameSHA512)
		switch {
		case len(m.Hashes.SHA256) != sha256.Size:
			add(role, model.ProblemMalformed, model.Failure, "the %s does not list the SHA-256 of %s", f.Role, name)
		case isLong && len(long) != sha512.Size:
			add(role, model.ProblemMalformed, model.Failure, "the %s lists a SHA-512 of %s with %d bytes", f.Role, name, len(long))
		}
	}
}

// compare checks a file against what the listing states of it. At least one
// known hash must be there, and all that are there must match.
func compare(role *model.Role, e *entry, listed *model.MetaEntry, listing model.RoleName) {
	if listed.Length != int64(len(e.raw)) {
		add(role, model.ProblemLength, model.Failure, "%s has %d bytes, but the %s lists %d", role.Name, len(e.raw), listing, listed.Length)
	}
	known := 0
	check := func(name, key string, have func() []byte) {
		want, ok := stated(listed.Hashes, key)
		if !ok {
			return
		}
		known++
		if !bytes.Equal(want, have()) {
			add(role, model.ProblemHash, model.Failure, "the %s of %s doesn't match the %s", name, role.Name, listing)
		}
	}
	check("SHA-256", nameSHA256, func() []byte { return e.sum[:] })
	check("SHA-512", nameSHA512, e.sha512)
	if known == 0 {
		add(role, model.ProblemHash, model.Failure, "the %s lists no hash of %s that can be checked", listing, role.Name)
	}
	if e.missed != nil {
		missed(role, e.missed)
	}
}

// missed notes a file that came in another way than the one in which clients ask for
// it: they do without it.
func missed(role *model.Role, asked *entry) {
	how := "by name"
	if asked.want.SHA256 != "" {
		how = "by its hash"
	}
	switch {
	case asked.fault == nil:
		add(role, model.ProblemHash, model.Failure, "clients ask for %s %s, but the server answers with another file", role.Name, how)
		return
	case asked.fault.Kind == model.FaultNotFound:
		add(role, model.ProblemMissing, model.Failure, "clients ask for %s %s, but the server doesn't have it there", role.Name, how)
	default:
		add(role, model.ProblemUnavailable, model.Failure, "clients ask for %s %s, which fails: %s", role.Name, how, asked.fault.Text)
	}
	role.Problems[len(role.Problems)-1].Fault = asked.fault
}

// compareRoot checks the root against the snapshot: both may be valid and not
// belong together.
func (v *verification) compareRoot(root *model.Role) {
	snapshot, e := v.got[model.RoleSnapshot], v.Load.root()
	if !snapshot.ok() || root.Raw == nil || e == nil {
		return
	}
	if listed := snapshot.file.Entry(model.RoleRoot); listed != nil {
		if e.byName() && !bytes.Equal(e.sum[:], listed.Hashes.SHA256) {
			add(root, model.ProblemHash, model.Failure, "root %d, which the server sends by name, is not the root that the snapshot lists", root.Version)
		}
		compare(root, e, listed, model.RoleSnapshot)
		v.conclude(root)
	}
}

// conclude sets the state by the worst problem.
func (v *verification) conclude(role *model.Role) {
	if v.root != nil && !v.trusted && role.Name != model.RoleRoot && role.State == model.RoleVerified {
		add(role, model.ProblemUnverified, model.Failure, "%s cannot be verified because the root is not trusted", role.Name)
	}
	if v.root == nil && role.State == model.RoleVerified && role.Name != model.RoleRoot {
		add(role, model.ProblemUnverified, model.Failure, "%s cannot be verified without a root", role.Name)
	}
	if role.State == model.RoleVerified {
		for _, p := range role.Problems {
			if p.Severity == model.Failure && p.Code != model.ProblemExpired {
				role.State = model.RoleBroken
			}
		}
	}
	model.SortProblems(role.Problems)
}

func add(role *model.Role, code model.ProblemCode, severity model.Severity, format string, args ...any) {
	p := problem(code, role.Name, format, args...)
	p.Severity = severity
	role.Problems = append(role.Problems, *p)
}
