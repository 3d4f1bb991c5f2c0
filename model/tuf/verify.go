package tuf

import (
	"bytes"
	"crypto/sha512"
	"fmt"

	"trustdeck/model"
	"trustdeck/model/memory"
)

// A verification turns the files of a Load into a repository. Its steps run in order,
// because each rests on the one before: root, timestamp, snapshot, targets, delegations.
type verification struct {
	*Load
	out *model.Repository
	// root gives the keys; it is nil where no root could be read.
	root *entry
	// trusted is false where nothing vouches for root.
	trusted bool
	// former are the roots that were walked over: signatures by their keys show a rotation.
	former []*entry
	keys   keyTable
	seen   sight
	// matching is how often a path may still be matched against a pattern.
	matching int
	// remarked are keys of which what is odd was noted.
	remarked map[*keyObject]bool
	// top are the top-level roles, once they are verified, and opinion is go-tuf's of them.
	top     struct{ root, timestamp, snapshot, targets model.Role }
	opinion *opinion
}

// maxMatching bounds the work of finding targets outside the paths of their role, and of
// listing where all are found.
const maxMatching = 50_000_000

// Repository verifies what was given. It may be called once, when Wants is empty.
func (l *Load) Repository() *model.Repository {
	v := l.verifyListings()
	v.verifyTargets()
	l.asked, l.queue = nil, nil // nothing is wanted any more
	targets := &v.top.targets
	if targets.Ahead {
		targets.Replaces = v.replaced(model.RoleTargets, v.over(v.root, model.RoleTargets))
	}
	v.out.Roles = append(v.out.Roles, v.top.root, *targets)
	v.delegations(targets.State == model.RoleVerified)
	v.noteRemoved()
	v.out.Roles = append(v.out.Roles, v.top.snapshot, v.top.timestamp)
	v.out.Keys = v.keys.join(v.out.Roles)
	if v.budget.Over != "" {
		v.note(model.ProblemLimit, model.Failure, "the repository exceeds the limits for one repository: %s", v.budget.Over)
	}
	if v.matching <= 0 {
		v.note(model.ProblemLimit, model.Warning, "the repository has too many paths and targets to compare every target with the paths of its role")
	}
	model.SortProblems(v.out.Problems)
	v.sight = &v.seen
	return v.out
}

// verifyListings verifies root, timestamp and snapshot, once. The Load calls it as soon as they
// are there: go-tuf takes ten times the size of a snapshot to judge it, and whatever else is held
// meanwhile adds to that.
func (l *Load) verifyListings() *verification {
	if l.begun != nil {
		return l.begun
	}
	v := &verification{
		Load: l, out: &model.Repository{GUN: l.cfg.GUN, Dialect: model.TUF1, At: l.cfg.At},
		keys: newKeyTable(), seen: sight{roles: map[model.RoleName]memory.Seen{}}, matching: maxMatching, remarked: map[*keyObject]bool{},
	}
	l.begun = v
	v.top.root = v.verifyRoot()
	v.top.timestamp = v.topLevel(model.RoleTimestamp, nil)
	v.top.snapshot = v.topLevel(model.RoleSnapshot, v.got[model.RoleTimestamp])
	v.rolledBack(&v.top.snapshot)
	if v.top.snapshot.State == model.RoleVerified {
		v.seen.listed = v.top.snapshot.Version
	}
	v.opinion = v.secondOpinion()
	return v
}

// verifyTargets verifies the targets file, once, when its delegations are known and before their
// files are there, for the same reason.
func (v *verification) verifyTargets() {
	if v.top.targets.Name != "" {
		return
	}
	v.top.targets = v.topLevel(model.RoleTargets, v.got[model.RoleSnapshot])
	v.opinion.onTargets()
}

// topLevel verifies timestamp, snapshot or targets; listing is the file that states its
// version.
func (v *verification) topLevel(name model.RoleName, listing *entry) model.Role {
	a := authority{}
	if v.root != nil {
		a = v.over(v.root, name)
	}
	role := v.role(name, a)
	e := v.got[name]
	if v.file(&role, e) {
		if a.ring != nil {
			t := a.count(e.file)
			role.Signatures, role.Valid = t.signatures, t.valid
			role.Problems = append(role.Problems, a.problems(name, t)...)
		}
		v.listed(&role, e, listing)
	}
	v.conclude(&role)
	v.recall(&role, e)
	return role
}

// role begins a role with what its delegator says of it.
func (v *verification) role(name model.RoleName, a authority) model.Role {
	role := model.Role{Name: name, Short: string(name), State: model.RoleVerified}
	if a.edge.Name == "" {
		return role
	}
	role.Parents = []model.Delegation{a.edge}
	role.Threshold, role.Paths, role.Effective = int(a.edge.Threshold), a.edge.Paths, a.edge.Paths
	usable, online := map[model.KeyID]bool{}, map[model.KeyID]bool{}
	for _, id := range a.edge.KeyIDs {
		key := a.ring.get(id)
		role.Listed = append(role.Listed, id)
		if key == nil {
			role.Keys = append(role.Keys, id)
			v.add(&role, model.ProblemKey, model.Warning, "%s must be signed by key %s, which the file of %s doesn't contain", name, id.Short(), a.edge.From)
			continue
		}
		role.Keys = append(role.Keys, key.canonical)
		v.keys.add(key)
		v.remarkKey(&role, key)
		usable[key.canonical] = key.err == nil
		online[key.canonical] = key.err == nil && key.Online
	}
	for canonical, ok := range usable {
		if !ok {
			delete(usable, canonical)
		}
		if !online[canonical] {
			delete(online, canonical)
		}
	}
	role.Online = a.edge.Threshold > 0 && int64(len(online)) >= a.edge.Threshold
	if int64(len(usable)) < a.edge.Threshold {
		v.add(&role, model.ProblemTooFewKeys, model.Warning, "%s has only %s and needs signatures from %d, so it cannot be signed", name, model.Count(len(usable), "key"), a.edge.Threshold)
	}
	return role
}

// remarkKey notes what is odd about a key that is read all the same.
func (v *verification) remarkKey(role *model.Role, key *verifier) {
	switch {
	case key.err != nil:
		v.add(role, model.ProblemKey, model.Warning, "the key %s of %s cannot be used to verify: %v", key.canonical.Short(), role.Name, key.err)
	case v.remarked[key.keyObject]:
		return
	case !key.rightID():
		v.add(role, model.ProblemKeyID, model.Notice, "the key %s of %s is listed as %s instead of the hash of its object; the specification requires the hash, but clients don't check it", key.canonical.Short(), role.Name, key.ID.Short())
	}
	if key.hexPoint {
		v.add(role, model.ProblemKeyForm, model.Notice, "the key %s of %s is written as a hexadecimal point, as was usual before 2023: some clients don't read it", key.canonical.Short(), role.Name)
	}
	v.remarked[key.keyObject] = true
}

// file fills in what a file says and judges it on its own: form and expiry. It reports
// whether there is one that could be read.
func (v *verification) file(role *model.Role, e *entry) bool {
	switch {
	case e.absent():
		role.State = model.RoleMissing
		v.add(role, model.ProblemMissing, model.Failure, "there is no file for %s", role.Name)
		return false
	case e.fault != nil:
		role.State = model.RoleUnavailable
		v.add(role, model.ProblemUnavailable, model.Failure, "%s could not be read: %s", role.Name, e.fault.Text)
		role.Problems[len(role.Problems)-1].Fault = e.fault
		return false
	}
	role.Raw, role.SHA256, role.Modified = e.raw, e.sum, e.modified
	if e.parse != nil {
		role.State = model.RoleUnreadable
		v.add(role, e.parse.Code, model.Failure, "%s is not readable: %s", role.Name, e.parse.Text)
		return false
	}
	f := e.file
	role.Version, role.Expires, role.Targets, role.Meta, role.Delegations = f.Version, f.Expires.UTC(), f.Targets, f.Meta, e.edges
	stated, ok := f.periods[role.Name]
	if !ok && v.root != nil {
		stated = v.root.file.periods[role.Name]
	}
	if role.Lifetime = stated.expiry; stated.signing > 0 {
		role.SigningOpens = role.Expires.Add(-stated.signing)
	}
	for _, sig := range f.Signatures {
		role.Signatures = append(role.Signatures, model.Signature{KeyID: sig.KeyID, Method: sig.Method})
	}
	for _, r := range f.remarks {
		v.add(role, r.code, r.severity, "%s", r.text)
	}
	v.remarkEdges(role)
	if !f.Expires.After(v.cfg.At) {
		role.Expired = true
		v.add(role, model.ProblemExpired, model.Failure, "%s expired at %s", role.Name, model.Moment(role.Expires))
		if role.Online {
			role.Problems[len(role.Problems)-1].Remedy = "run the service that has its key: the job that re-signs it regularly has not done so"
		}
	}
	return true
}

// remarkEdges notes delegations of a file that clients follow differently.
func (v *verification) remarkEdges(role *model.Role) {
	hashed, seen := 0, map[model.RoleName]bool{}
	for i := range role.Delegations {
		edge := &role.Delegations[i]
		if seen[edge.Name] {
			v.add(role, model.ProblemDelegation, model.Warning, "%s delegates to %s more than once; the first counts", role.Name, edge.Name)
		}
		seen[edge.Name] = true
		if len(edge.PathHashPrefixes) > 0 {
			hashed++
		}
		for _, pattern := range edge.Paths {
			if ambiguous(pattern) {
				v.add(role, model.ProblemClients, model.Warning, "%s delegates %q to %s: clients read such a pattern differently", role.Name, clip(pattern), edge.Name)
				break
			}
		}
	}
	if hashed > 0 {
		v.add(role, model.ProblemClients, model.Warning, "%s delegates by hash prefixes, where go-tuf up to 2.4.2 finds no targets (T4): %s", role.Name, model.Count(hashed, "delegation"))
		role.Problems[len(role.Problems)-1].Remedy = "delegate by paths or hash bins, or have your users switch to a newer go-tuf or another client"
	}
}

// listed compares a file with what the one says that lists it.
func (v *verification) listed(role *model.Role, e, listing *entry) {
	if e.missed != nil {
		v.missed(role, e.missed)
	}
	switch {
	case role.Name == model.RoleTimestamp:
	case !listing.ok():
		v.add(role, model.ProblemUnverified, model.Warning, "nothing confirms that this version of %s is current", role.Name)
	default:
		in := listing.file.Role
		listed := listing.file.Entry(role.Name)
		if role.Ahead = v.ahead(role.Name, role.Version, listed); role.Ahead {
			v.add(role, model.ProblemAhead, model.Notice, "%s", notListedYet(role, listed))
			return
		}
		if listed == nil {
			v.add(role, model.ProblemNotInSnapshot, model.Failure, "the %s does not list %s", in, role.Name)
			return
		}
		if listed.Version != role.Version {
			v.add(role, model.ProblemVersion, model.Failure, "%s is version %d, but the %s lists %d", role.Name, role.Version, in, listed.Version)
		}
		if listed.Length > 0 && listed.Length != int64(len(e.raw)) {
			v.add(role, model.ProblemLength, model.Failure, "%s has %d bytes, but the %s lists %d", role.Name, len(e.raw), in, listed.Length)
		}
		v.hashes(role, e, listed, in)
	}
}

// ahead reports whether a robot has yet to list a version of a targets file, which
// administrators have left for it.
func (v *verification) ahead(role model.RoleName, version int64, listed *model.MetaEntry) bool {
	return v.cfg.Working && role.HoldsTargets() && (listed == nil || version > listed.Version) &&
		v.root != nil && v.root.file.robotSigns(model.RoleSnapshot)
}

func notListedYet(role *model.Role, listed *model.MetaEntry) string {
	text := fmt.Sprintf("clients don't get %s %d yet: ", role.Name, role.Version)
	if listed == nil {
		return text + "the snapshot does not list the role until the robot that signs it has run"
	}
	return text + fmt.Sprintf("the snapshot lists version %d until the robot that signs it has run", listed.Version)
}

// replaced is the version of a file that the snapshot lists, where a newer one is there: only
// one that those have signed who may sign the newer one.
func (v *verification) replaced(role model.RoleName, by authority) []byte {
	was := v.behind[role]
	if !was.ok() || by.ring == nil || !by.met(by.count(was.file)) {
		return nil
	}
	return was.raw
}

// hashes compares all hashes that are stated and known. A snapshot need not state any.
func (v *verification) hashes(role *model.Role, e *entry, listed *model.MetaEntry, in model.RoleName) {
	known := 0
	check := func(name string, want []byte, have func() []byte) {
		if want == nil {
			return
		}
		known++
		if !bytes.Equal(want, have()) {
			v.add(role, model.ProblemHash, model.Failure, "the %s of %s doesn't match the %s", name, role.Name, in)
		}
	}
	check("SHA-256", listed.Hashes.SHA256, func() []byte { return e.sum[:] })
	check("SHA-512", listed.Hashes.SHA512, func() []byte { sum := sha512.Sum512(e.raw); return sum[:] })
	for name := range listed.Hashes.Other {
		severity := model.Warning
		if known == 0 {
			severity = model.Failure
		}
		v.add(role, model.ProblemHash, severity, "the %s lists an unsupported hash of %s: %q", in, role.Name, clip(name))
	}
}

// missed notes a file that came in another way than the one in which clients ask for it:
// they do without it.
func (v *verification) missed(role *model.Role, asked *entry) {
	name := fmt.Sprintf("%d.%s.json", asked.want.Version, role.Name)
	if asked.fault.Kind == model.FaultNotFound {
		v.add(role, model.ProblemMissing, model.Failure, "clients ask for %s, which is missing; trustdeck shows %s.json instead", name, role.Name)
	} else {
		v.add(role, model.ProblemUnavailable, model.Failure, "clients ask for %s, which fails: %s", name, asked.fault.Text)
	}
	role.Problems[len(role.Problems)-1].Fault = asked.fault
}

// conclude sets the state by the worst problem.
func (v *verification) conclude(role *model.Role) {
	if role.State == model.RoleVerified && role.Name != model.RoleRoot && role.Version > 0 {
		switch {
		case v.root == nil:
			v.add(role, model.ProblemUnverified, model.Failure, "%s cannot be verified without a root", role.Name)
		case !v.trusted:
			v.add(role, model.ProblemUnverified, model.Failure, "%s cannot be verified because the root is not trusted", role.Name)
		}
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

// add notes a problem of a role, each once.
func (v *verification) add(role *model.Role, code model.ProblemCode, severity model.Severity, format string, args ...any) {
	role.Problems = append(role.Problems, model.Problem{Code: code, Severity: severity, Role: role.Name, Text: fmt.Sprintf(format, args...)})
}

// note notes a problem of the repository as a whole.
func (v *verification) note(code model.ProblemCode, severity model.Severity, format string, args ...any) {
	v.out.Problems = append(v.out.Problems, model.Problem{Code: code, Severity: severity, Text: fmt.Sprintf(format, args...)})
}

func problem(code model.ProblemCode, role model.RoleName, format string, args ...any) *model.Problem {
	return &model.Problem{Code: code, Severity: model.Failure, Role: role, Text: fmt.Sprintf(format, args...)}
}
