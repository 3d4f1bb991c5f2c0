package tuf

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"trustdeck/model"
	"trustdeck/model/dialect"
)

// Dialect is TUF 1.0 behind the port that plans, use cases and screens ask.
type Dialect struct{}

// Name returns model.TUF1.
func (Dialect) Name() model.Dialect { return model.TUF1 }

// ownFile is a file that this package has parsed, and no other package's is given to it.
func ownFile(f *dialect.File) *File { return f.Own.(*File) } //nolint:forcetypeassert // a programmer's mistake

// Load is NewLoad, with the signers in the repository.
func (d Dialect) Load(cfg dialect.Config) dialect.Load { return load{NewLoad(cfg), d} }

// Parse is the function Parse.
func (Dialect) Parse(role model.RoleName, raw []byte) (*dialect.File, error) {
	f, err := Parse(role, raw)
	if err != nil {
		return nil, err
	}
	return f.parsed(), nil
}

// parsed is a file as package dialect hands it around.
func (f *File) parsed() *dialect.File {
	return &dialect.File{Metadata: &f.Metadata, Payload: f.payload, Own: f}
}

// Deviation is empty: the specification asks for no spelling, and nobody hashes another one
// than came.
func (Dialect) Deviation(*dialect.File, []byte) string { return "" }

// ParseRole is the function ParseRole.
func (Dialect) ParseRole(name string) (model.RoleName, error) { return ParseRole(name) }

// Delegator is the root for the top-level roles; any role may delegate to another.
func (Dialect) Delegator(role model.RoleName) (from model.RoleName, ok bool) {
	return model.RoleRoot, role.TopLevel()
}

// CheckPath takes any pattern that can be shown: one that its delegator is not asked for is never
// searched.
func (Dialect) CheckPath(path string, _ []string) error {
	if path == "" {
		return errors.New("the pattern of a path is empty")
	}
	return printable("the pattern of a path", path)
}

// AllPaths are none: no pattern matches across a slash.
func (Dialect) AllPaths() []string { return nil }

// Restrict takes nothing away: the search itself comes to a role through its delegators.
func (Dialect) Restrict(_, paths []string) []string { return paths }

// Matcher compares with the patterns, hash prefixes or bin of a delegation.
func (Dialect) Matcher(edge model.Delegation) func(name string) bool {
	return func(name string) bool { _, ok := matches(&edge, newTarget(name)); return ok }
}

// Short is the whole name: names hold nothing of their delegator's.
func (Dialect) Short(role model.RoleName) string { return string(role) }

// Limit is MaxRoot, MaxTimestamp or MaxFile.
func (Dialect) Limit(role model.RoleName) int64 { return limitOf(role) }

// Issuer reduces a root or targets file.
func (Dialect) Issuer(f *dialect.File) dialect.Issuer {
	e := standalone(ownFile(f))
	return issuer{e, e.file.edges(nil)}
}

// standalone is a file that is judged by itself.
func standalone(f *File) *entry { return &entry{file: f, ring: newKeyring(f, nil)} }

// An issuer judges the files below it.
type issuer struct {
	*entry
	edges []model.Delegation
}

// Version is that of the file.
func (i issuer) Version() int64 { return i.file.Version }

// edge is what the file says of a role.
func (i issuer) delegation(role model.RoleName) (model.Delegation, bool) {
	if d := i.file.Delegation(role); d != nil {
		return *d, true
	}
	if b := i.file.bins; b != nil && b.has(role) {
		return b.edge(role), true
	}
	return model.Delegation{}, false
}

// PolicyID is what the file asks of a role.
func (i issuer) PolicyID(role model.RoleName) string {
	d, ok := i.delegation(role)
	if !ok {
		return ""
	}
	return fmt.Sprint(d.Threshold, slices.Sorted(slices.Values(d.KeyIDs)))
}

// Judge checks the signatures of a file.
func (i issuer) Judge(f *dialect.File) dialect.Verdict {
	d, ok := i.delegation(f.Role)
	if !ok {
		return dialect.Verdict{Problems: []model.Problem{*problem(model.ProblemUnverified, f.Role, "%s %d does not name %s", i.file.Role, i.file.Version, f.Role)}}
	}
	a := authority{ring: i.ring, edge: d}
	t := a.count(ownFile(f))
	v := dialect.Verdict{Met: a.met(t), Problems: a.problems(f.Role, t)}
	for _, s := range t.signatures {
		switch s.State {
		case model.SignatureValid:
			v.Signers = append(v.Signers, s.Key)
		case model.SignaturePending:
			v.Pending = append(v.Pending, s.Key)
		default:
		}
	}
	model.SortProblems(v.Problems)
	return v
}

// Keyring returns an empty ring.
func (Dialect) Keyring() dialect.Keyring { return &ring{keys: map[model.KeyID][]*verifier{}} }

// A ring holds all keys that were ever listed under an ID.
type ring struct{ keys map[model.KeyID][]*verifier }

// Add takes the keys of a file.
func (r *ring) Add(f *dialect.File) {
	for _, k := range ownFile(f).keys {
		if !slices.ContainsFunc(r.keys[k.ID], func(have *verifier) bool { return slices.Equal(have.Public, k.Public) && have.Scheme == k.Scheme }) {
			r.keys[k.ID] = append(r.keys[k.ID], newVerifier(k, nil))
		}
	}
}

// Signed returns who has signed a file.
func (r *ring) Signed(f *dialect.File) []model.KeyID {
	var out []model.KeyID
	m := newMessage(ownFile(f).payload)
	for _, sig := range ownFile(f).Signatures {
		for _, v := range r.keys[sig.KeyID] {
			if v.err == nil && !slices.Contains(out, v.canonical) && v.verify(m, sig.Sig) == nil {
				out = append(out, v.canonical)
			}
		}
	}
	return out
}

// Succeeds asks both roots; a root that is compared with itself is asked alone.
func (Dialect) Succeeds(_ model.GUN, _ time.Time, prev, next *dialect.File) *model.Problem {
	if ownFile(prev) == ownFile(next) {
		return own(standalone(ownFile(next)))
	}
	return succeeds(standalone(ownFile(prev)), standalone(ownFile(next)))
}

// Certificates are none.
func (Dialect) Certificates(*model.Metadata) []dialect.CertifiedKey { return nil }

// Refusal is the problem for which clients refuse a repository as a whole: one of the
// top-level roles. A delegation that is broken stops the searches that get to it.
func (Dialect) Refusal(r *model.Repository) *model.Problem {
	return dialect.TopLevelRefusal(r)
}

// ParseChange knows no staged changes.
func (Dialect) ParseChange([]byte) (model.StagedChange, error) {
	return model.StagedChange{}, errors.New("TUF clients don't stage changes for others to publish")
}

type load struct {
	*Load
	dialect Dialect
}

// Repository adds to what is verified who the signers are: each delegation, save for hash
// bins, of which all have the same keys.
func (l load) Repository() *model.Repository {
	r := l.Load.Repository()
	for i := range r.Roles {
		role := &r.Roles[i]
		if name, ok := l.dialect.SignerOf(role.Name); ok && (len(role.Parents) == 0 || role.Parents[0].Bins == nil) {
			r.Signers = append(r.Signers, model.Signer{Name: name, Role: role.Name, Keys: role.Keys})
		}
	}
	return r
}
