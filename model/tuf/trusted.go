package tuf

import (
	"bytes"
	"crypto/sha256"
	"crypto/sha512"
	"time"

	"trustdeck/model"
	"trustdeck/model/dialect"
)

// Trusted is what a client trusts of one repository at a moment: it takes one file after
// the other in the order of the client workflow (TUF 5.3 to 5.6), and refuses one that is not
// as the workflow asks for. It does no I/O. A Load reads whatever is there and tells what is
// wrong with it; a Trusted stops at the first problem, as clients do.
//
// It is not safe for concurrent use.
type Trusted struct {
	at     time.Time
	budget *dialect.Budget
	root   *entry
	// timestamp and snapshot may be those of an earlier run, until newer ones are taken.
	timestamp, snapshot *entry
	// targets are files that hold targets, by role. Over which delegation one may be used,
	// Grants says.
	targets map[model.RoleName]*entry
}

// NewTrusted begins with a root that is trusted already. It must be signed by its own keys.
func NewTrusted(root []byte, at time.Time) (*Trusted, error) {
	t := &Trusted{at: at, budget: newBudget(), targets: map[model.RoleName]*entry{}}
	e, err := t.parse(model.RoleRoot, root)
	if err != nil {
		return nil, err
	}
	if p := own(e); p != nil {
		return nil, refusal(p)
	}
	t.root = e
	return t, nil
}

// A RefusedError is the error of a file that a client does not take.
type RefusedError struct{ model.Problem }

func (e *RefusedError) Error() string { return e.Text }

func refusal(p *model.Problem) error { return &RefusedError{*p} }

func refuse(code model.ProblemCode, role model.RoleName, format string, args ...any) error {
	return refusal(problem(code, role, format, args...))
}

func (t *Trusted) parse(role model.RoleName, raw []byte) (*entry, error) {
	e := newEntry(dialect.Want{Role: role}, raw, time.Time{}, t.budget)
	if !e.ok() {
		return nil, refuse(e.parse.Code, role, "%s is not readable: %s", role, e.parse.Text)
	}
	return e, nil
}

// by checks the signatures of a file.
func (t *Trusted) by(a authority, e *entry) error {
	if tally := a.count(e.file); !a.met(tally) {
		for _, p := range a.problems(e.file.Role, tally) {
			if p.Severity == model.Failure {
				return refusal(&p)
			}
		}
		return refuse(model.ProblemThreshold, e.file.Role, "%s is not signed as %s requires", e.file.Role, a.edge.From)
	}
	return nil
}

func (t *Trusted) unexpired(e *entry) error {
	if !e.file.Expires.After(t.at) {
		return refuse(model.ProblemExpired, e.file.Role, "%s expired at %s", e.file.Role, model.Moment(e.file.Expires))
	}
	return nil
}

// RootVersion is that of the root that is trusted.
func (t *Trusted) RootVersion() int64 { return t.root.file.Version }

// ConsistentSnapshot reports whether the names of files hold versions, and those of
// targets hashes.
func (t *Trusted) ConsistentSnapshot() bool { return t.root.file.ConsistentSnapshot }

// UpdateRoot takes the next root (TUF 5.3.4 to 5.3.7). rotated is true where it replaces
// the keys of the timestamp or the snapshot: what was trusted of both is to be forgotten
// (TUF 5.3.11).
func (t *Trusted) UpdateRoot(raw []byte) (rotated bool, err error) {
	next, err := t.parse(model.RoleRoot, raw)
	if err != nil {
		return false, err
	}
	if p := succeeds(t.root, next); p != nil {
		return false, refusal(p)
	}
	rotated = rotates(t.root, next)
	t.root = next
	return rotated, nil
}

// RootFinal checks that the last root has not expired (TUF 5.3.10).
func (t *Trusted) RootFinal() error { return t.unexpired(t.root) }

// RecallTimestamp hands over the timestamp of an earlier run. It may have expired: what is
// older than it is refused. One that the root does not vouch for is left out.
func (t *Trusted) RecallTimestamp(raw []byte) {
	if e, err := t.parse(model.RoleTimestamp, raw); err == nil && t.by(t.root.over(model.RoleTimestamp), e) == nil {
		t.timestamp = e
	}
}

// UpdateTimestamp takes a timestamp (TUF 5.4). changed is false where it has the version of
// the recalled one, which stays.
func (t *Trusted) UpdateTimestamp(raw []byte) (changed bool, err error) {
	e, err := t.parse(model.RoleTimestamp, raw)
	if err != nil {
		return false, err
	}
	if err := t.by(t.root.over(model.RoleTimestamp), e); err != nil {
		return false, err
	}
	if before := t.timestamp; before != nil {
		listed, was := e.file.Entry(model.RoleSnapshot), before.file.Entry(model.RoleSnapshot)
		switch {
		case e.file.Version == before.file.Version:
			return false, t.unexpired(before)
		case e.file.Version < before.file.Version:
			return false, rollback(model.RoleTimestamp, e.file.Version, before.file.Version)
		case listed.Version < was.Version:
			return false, refuse(model.ProblemRollback, model.RoleTimestamp, "timestamp lists version %d of the snapshot, but version %d was seen before", listed.Version, was.Version)
		}
	}
	if err := t.unexpired(e); err != nil {
		return false, err
	}
	t.timestamp = e
	return true, nil
}

func rollback(role model.RoleName, version, before int64) error {
	return refuse(model.ProblemRollback, role, "%s is version %d, but version %d was seen before", role, version, before)
}

// RecallSnapshot hands over the snapshot of an earlier run, after the timestamp. current is
// true where it is still the one to use; else what it lists bounds the next one from below.
func (t *Trusted) RecallSnapshot(raw []byte) (current bool) {
	e, err := t.parse(model.RoleSnapshot, raw)
	if err != nil || t.by(t.root.over(model.RoleSnapshot), e) != nil {
		return false
	}
	t.snapshot = e
	return e.file.Version == t.timestamp.file.Entry(model.RoleSnapshot).Version && t.unexpired(e) == nil
}

// UpdateSnapshot takes a snapshot (TUF 5.5).
func (t *Trusted) UpdateSnapshot(raw []byte) error {
	e, err := t.listed(model.RoleSnapshot, raw, t.timestamp)
	if err != nil {
		return err
	}
	if err := t.by(t.root.over(model.RoleSnapshot), e); err != nil {
		return err
	}
	if before := t.snapshot; before != nil {
		for i := range before.file.Meta {
			was := &before.file.Meta[i]
			switch is := e.file.Entry(was.Role); {
			case is == nil:
				return refuse(model.ProblemDropped, model.RoleSnapshot, "the snapshot no longer lists %s", was.Role)
			case is.Version < was.Version:
				return refuse(model.ProblemRollback, model.RoleSnapshot, "the snapshot lists version %d of %s, but version %d was seen before", is.Version, was.Role, was.Version)
			}
		}
	}
	if err := t.unexpired(e); err != nil {
		return err
	}
	t.snapshot = e
	return nil
}

// listed parses a file and compares it with what another one lists of it.
func (t *Trusted) listed(role model.RoleName, raw []byte, listing *entry) (*entry, error) {
	in := listing.file.Role
	want := listing.file.Entry(role)
	if want == nil {
		return nil, refuse(model.ProblemNotInSnapshot, role, "the %s does not list %s", in, role)
	}
	if want.Length > 0 && int64(len(raw)) != want.Length {
		return nil, refuse(model.ProblemLength, role, "%s has %d bytes, but the %s lists %d", role, len(raw), in, want.Length)
	}
	if err := checkHashes(role, raw, want.Hashes); err != nil {
		return nil, err
	}
	e, err := t.parse(role, raw)
	if err == nil && e.file.Version != want.Version {
		err = refuse(model.ProblemVersion, role, "%s is version %d, but the %s lists %d", role, e.file.Version, in, want.Version)
	}
	return e, err
}

// checkHashes compares content with all hashes that are stated and known; where some are
// stated, one must be known.
func checkHashes(role model.RoleName, raw []byte, want model.Hashes) error {
	if want.SHA256 == nil && want.SHA512 == nil {
		if len(want.Other) > 0 {
			return refuse(model.ProblemHash, role, "%s is listed only with unsupported hashes", role)
		}
		return nil
	}
	short, long := sha256.Sum256(raw), sha512.Sum512(raw)
	if want.SHA256 != nil && !bytes.Equal(want.SHA256, short[:]) || want.SHA512 != nil && !bytes.Equal(want.SHA512, long[:]) {
		return refuse(model.ProblemHash, role, "the content of %s doesn't match its listed hash", role)
	}
	return nil
}

// Want is how a client asks for the snapshot or for a file with targets: by its version where
// names hold versions.
func (t *Trusted) Want(role model.RoleName) (dialect.Want, error) {
	listing := t.snapshot
	if role == model.RoleSnapshot {
		listing = t.timestamp
	}
	w := dialect.Want{Role: role, Limit: limitOf(role)}
	listed := listing.file.Entry(role)
	if listed == nil {
		return w, refuse(model.ProblemNotInSnapshot, role, "the %s does not list %s", listing.file.Role, role)
	}
	if listed.Length > 0 {
		w.Limit = min(w.Limit, listed.Length)
	}
	if t.ConsistentSnapshot() {
		w.Version = listed.Version
	}
	return w, nil
}

// UpdateTargets takes a file with targets that another role delegates to, or root
// (TUF 5.6). A delegation counts only where Grants says so.
func (t *Trusted) UpdateTargets(role, from model.RoleName, raw []byte) error {
	e, err := t.listed(role, raw, t.snapshot)
	if err != nil {
		return err
	}
	if err := t.granted(e, from); err != nil {
		return err
	}
	if err := t.unexpired(e); err != nil {
		return err
	}
	t.targets[role] = e
	return nil
}

// Has reports whether the file of a role was taken, over whichever delegation.
func (t *Trusted) Has(role model.RoleName) bool { return t.targets[role] != nil }

// Grants checks that the keys of a delegation have signed a file that was taken. It is asked for
// each delegation that leads to a role: trust in a role over one of them says nothing of
// another.
func (t *Trusted) Grants(from, role model.RoleName) error { return t.granted(t.targets[role], from) }

func (t *Trusted) granted(e *entry, from model.RoleName) error {
	role := e.file.Role
	if from == model.RoleRoot {
		return t.by(t.root.over(role), e)
	}
	delegator := t.targets[from]
	if delegator == nil {
		return refuse(model.ProblemUnverified, role, "%s delegates to %s but is not trusted", from, role)
	}
	edge, ok := issuer{entry: delegator}.delegation(role)
	if !ok {
		return refuse(model.ProblemUnverified, role, "%s does not delegate to %s", from, role)
	}
	edge.From = from
	return t.by(authority{ring: delegator.ring, edge: edge}, e)
}

// Target is what a role says of a target; nil where it does not list it.
func (t *Trusted) Target(role model.RoleName, path string) *model.Target {
	return findTarget(t.targets[role].file.Targets, path)
}

// Delegations are those of a role that are for a target, in their order.
func (t *Trusted) Delegations(role model.RoleName, path string) []model.Delegation {
	f := t.targets[role].file
	wanted := newTarget(path)
	if f.bins != nil {
		return []model.Delegation{f.bins.edge(f.bins.name(wanted.bits >> (32 - f.bins.Bits)))}
	}
	var out []model.Delegation
	for i := range f.Roles {
		if _, ok := matches(&f.Roles[i], wanted); ok {
			out = append(out, f.Roles[i])
		}
	}
	return out
}

// CheckTarget compares what came for a target with what is trusted of it: the length, and all
// hashes that are known, of which there must be one.
func CheckTarget(t *model.Target, content []byte) error {
	name := model.RoleName(t.Name)
	if int64(len(content)) != t.Length {
		return refuse(model.ProblemLength, name, "%d bytes were received instead of %d", len(content), t.Length)
	}
	if t.Hashes.SHA256 == nil && t.Hashes.SHA512 == nil {
		return refuse(model.ProblemHash, name, "no hash is listed to check the content against")
	}
	return checkHashes(name, content, t.Hashes)
}
