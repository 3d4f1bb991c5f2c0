package tuf

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	gotuf "github.com/theupdateframework/go-tuf/v2/metadata"
	"github.com/theupdateframework/go-tuf/v2/metadata/trustedmetadata"

	"trustdeck/model"
)

// Limits on what go-tuf is asked. It encodes a file once for each key that may sign it.
const (
	// MaxOpinions is the most files that go-tuf judges as well.
	MaxOpinions = 100
	// maxOpinionBytes is the most that it encodes for one repository.
	maxOpinionBytes = 32 << 20
)

// An opinion is what go-tuf makes of the files of a verification: an independent verdict
// on the same bytes. Expiry is left out, and so is what is remembered.
type opinion struct {
	*verification
	trusted *trustedmetadata.TrustedMetadata
	// listed are the bytes of the snapshot that are about each role, in the order of Metadata.Meta;
	// nil where go-tuf still has all that it has made of them.
	listed [][]byte
	// goes is set as long as go-tuf accepts the top-level roles.
	goes  bool
	asked int
	spent int64
}

// secondOpinion notes where go-tuf differs about root, timestamp and snapshot.
func (v *verification) secondOpinion() *opinion {
	o := &opinion{verification: v}
	o.goes = o.walkRoots() && o.ask(&v.top.timestamp, model.RoleRoot) && o.ask(&v.top.snapshot, model.RoleRoot)
	if o.goes {
		o.forget()
	}
	return o
}

// onTargets notes where it differs about the targets file.
func (o *opinion) onTargets() {
	o.goes = o.goes && o.ask(&o.top.targets, model.RoleRoot)
	if !o.goes {
		return
	}
	if d := o.trusted.Targets[string(model.RoleTargets)].Signed.Delegations; d != nil {
		for i := range d.Roles { // go-tuf is asked about signatures, and these are for searches
			d.Roles[i].Paths, d.Roles[i].PathHashPrefixes, d.Roles[i].UnrecognizedFields = nil, nil, nil
		}
	}
}

// onDelegation notes where it differs about a delegation, in the order in which they are verified.
func (o *opinion) onDelegation(role *model.Role) {
	if o.asked >= MaxOpinions {
		o.goes, o.trusted, o.listed = false, nil, nil // it is not asked again, and holds much
	}
	if !o.goes {
		return
	}
	for j, edge := range role.Parents {
		if len(role.Grants) > 0 && role.State == model.RoleVerified && !role.Grants[j].Met {
			continue
		}
		if o.trusted.Targets[string(edge.From)] != nil {
			o.ask(role, edge.From)
			break
		}
	}
}

// walkRoots has go-tuf follow the roots, and reports whether it has come to the current one.
// At one that it refuses, it begins anew with the next.
func (o *opinion) walkRoots() bool {
	start := o.start()
	if start == nil || o.root == nil || !o.begins(start) {
		return false
	}
	for n := start.file.Version; n <= o.root.file.Version; n++ {
		e := start
		if n > start.file.Version {
			e = o.version(n)
		}
		fresh := o.trusted == nil
		err := o.attempt(e.over(model.RoleRoot), e, func() (err error) {
			if !fresh {
				_, err = o.trusted.UpdateRoot(e.raw)
				return err
			}
			o.trusted, err = begin(e.raw)
			return err
		})
		if err == nil || fresh && own(e) != nil {
			continue
		}
		role := &o.top.root
		severity, what := model.Warning, fmt.Sprintf("root %d", n)
		if e != o.last() {
			severity = model.Notice
		}
		o.differ(role, severity, what, err, o.cause(e.over(model.RoleRoot), e))
		o.trusted = nil
		if !fresh {
			o.trusted, _ = begin(e.raw)
		}
	}
	return o.trusted != nil && !o.goesOn()
}

// goesOn reports whether go-tuf follows a root at which the walk here has ended: what it makes of
// the rest rests on other keys then.
func (o *opinion) goesOn() bool {
	next := o.version(o.root.file.Version + 1)
	if next == nil {
		return false
	}
	a := next.over(model.RoleRoot)
	err := o.attempt(a, next, func() error {
		_, err := o.trusted.UpdateRoot(next.raw)
		return err
	})
	if err != nil {
		return false
	}
	o.differ(&o.top.root, model.Warning, fmt.Sprintf("root %d", next.file.Version), nil, cmp.Or(o.cause(a, next), o.cause(o.root.over(model.RoleRoot), next)))
	return true
}

// begin trusts a root, at a moment before which nothing expires.
func begin(root []byte) (*trustedmetadata.TrustedMetadata, error) {
	trusted, err := trustedmetadata.New(root)
	if err == nil {
		trusted.RefTime = time.Time{}
	}
	return trusted, err
}

// attempt runs go-tuf on a file that it may refuse, or be stopped by: what it is given is
// hostile.
func (o *opinion) attempt(a authority, e *entry, judge func() error) (err error) {
	cost := int64(len(e.raw)) * int64(1+len(a.edge.KeyIDs))
	if o.asked >= MaxOpinions || o.spent+cost > maxOpinionBytes {
		return errNotAsked
	}
	o.asked++
	o.spent += cost
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("it ends with %v", r)
		}
	}()
	return judge()
}

type notAsked struct{}

func (notAsked) Error() string { return "it was not asked" }

// errNotAsked is the error where a limit keeps go-tuf from being asked.
var errNotAsked error = notAsked{}

// ask has go-tuf judge the file of a role, and reports whether it accepts it.
func (o *opinion) ask(role *model.Role, from model.RoleName) bool {
	name := role.Name
	e := o.got[name]
	if e == nil || e.raw == nil || e.missed != nil || role.Ahead {
		return false
	}
	a := o.authority(role, from)
	err := o.attempt(a, e, func() (err error) {
		switch name {
		case model.RoleTimestamp:
			_, err = o.trusted.UpdateTimestamp(e.raw)
		case model.RoleSnapshot:
			_, err = o.trusted.UpdateSnapshot(e.raw, false)
		default:
			o.recollect(name)
			_, err = o.trusted.UpdateDelegatedTargets(e.raw, string(name), string(from))
		}
		return err
	})
	ours := accepted(role)
	switch {
	case err == nil && !ours:
		o.differ(role, model.Warning, string(name), nil, o.cause(a, e))
	case err != nil && ours && err != errNotAsked: //nolint:errorlint // never wrapped
		o.differ(role, model.Warning, string(name), err, o.cause(a, e))
	}
	return err == nil
}

// forget has go-tuf let go of what it has made of the snapshot, which is four times as large as the
// file. Both have accepted it, so both have read the same.
func (o *opinion) forget() {
	snapshot := o.got[model.RoleSnapshot]
	if !accepted(&o.top.snapshot) {
		return
	}
	meta := snapshot.file.Meta
	o.listed = make([][]byte, len(meta))
	d := newDecoder(model.RoleSnapshot, snapshot.raw)
	d.next()
	_, _ = d.members(d.below("signed", d.below("meta", func(name string) (any, error) {
		d.next()
		from := d.pos
		_, err := d.value()
		role, _ := strings.CutSuffix(name, ".json")
		if i, ok := o.place(model.RoleName(role)); ok && role != name {
			o.listed[i] = d.raw[from:d.pos]
		}
		return nil, err
	})))
	o.recollect("")
}

// recollect has go-tuf decode again what the snapshot lists of a role.
func (o *opinion) recollect(role model.RoleName) {
	if o.listed == nil {
		return
	}
	meta := map[string]*gotuf.MetaFiles{}
	if i, ok := o.place(role); ok {
		m := &gotuf.MetaFiles{}
		if json.Unmarshal(o.listed[i], m) == nil { // it has decoded them before
			meta[string(role)+".json"] = m
		}
	}
	o.trusted.Snapshot.Signed.Meta = meta
}

// place is where a role is in the list of a snapshot that could be read.
func (o *opinion) place(role model.RoleName) (i int, ok bool) {
	return slices.BinarySearchFunc(o.got[model.RoleSnapshot].file.Meta, role, func(m model.MetaEntry, role model.RoleName) int {
		return cmp.Compare(m.Role, role)
	})
}

// authority is who may sign a role by one of its delegators.
func (o *opinion) authority(role *model.Role, from model.RoleName) authority {
	if from == model.RoleRoot {
		return o.root.over(role.Name)
	}
	for _, edge := range role.Parents {
		if edge.From == from {
			return authority{ring: o.got[from].ring, edge: edge}
		}
	}
	return authority{}
}

// accepted reports whether a role has no failure but those that go-tuf is not asked about.
func accepted(role *model.Role) bool {
	if role.State != model.RoleVerified && role.State != model.RoleBroken {
		return false
	}
	for _, p := range role.Problems {
		switch p.Code {
		case model.ProblemExpired, model.ProblemRollback, model.ProblemEquivocation, model.ProblemDropped:
		case model.ProblemUnverified:
			return false // it is not judged on its own, and go-tuf is not asked either
		default:
			if p.Severity == model.Failure {
				return false
			}
		}
	}
	return true
}

// differ notes that go-tuf does not agree about a file; err is why it refuses, and nil where
// it accepts.
func (o *opinion) differ(role *model.Role, severity model.Severity, what string, err error, cause string) {
	if err == errNotAsked { //nolint:errorlint // never wrapped
		return
	}
	if cause == "" {
		cause = "; the reason is unknown"
	}
	text, remedy := fmt.Sprintf("go-tuf accepts %s, which doesn't verify here%s", what, cause), "don't rely on "+what+" until it verifies everywhere"
	if err != nil {
		text = fmt.Sprintf("go-tuf refuses %s, which verifies here: %.120s%s", what, err.Error(), cause)
		remedy = "check the file and the keys that signed it: replace what go-tuf can't read, or have its users switch to another client"
	}
	if severity == model.Notice {
		remedy = "only go-tuf users who start from that root are affected: give them a newer one"
	}
	role.Problems = append(role.Problems, model.Problem{Code: model.ProblemClients, Severity: severity, Role: role.Name, Text: text, Remedy: remedy})
	model.SortProblems(role.Problems)
}

// cause names the trap that makes go-tuf judge otherwise; empty where none is known.
func (o *opinion) cause(a authority, e *entry) string {
	for _, id := range a.edge.KeyIDs {
		v := a.ring.get(id)
		switch {
		case v == nil:
			return " (a key that should sign is not in the file)"
		case v.otherCurve:
			return " (T8)"
		case v.Type == keyMLDSA || v.Type == "sigstore-oidc":
			return " (T12)"
		case v.Type != kind(v.Type) && v.Type == "RSA":
			return " (T13)"
		case v.hexPoint:
			return " (T6)"
		case v.scheme == schemePKCS1:
			return " (T11)"
		case v.err != nil:
			return " (T5)"
		}
	}
	switch {
	case !e.ok():
		return ""
	case slices.ContainsFunc(e.file.keys, func(k *keyObject) bool { return len(k.Public) == 0 }):
		return " (T12)"
	case e.file.looseExpiry:
		return " (T3)"
	case e.file.looseType:
		return " (T13)"
	}
	return ""
}
