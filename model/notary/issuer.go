package notary

import (
	"fmt"
	"slices"
	"time"

	"trustdeck/model"
	"trustdeck/model/dialect"
)

// An Issuer is a root or a targets file reduced to what it says of others: who
// may sign the files below it. It judges versions of the past, of which no
// Load knows.
type Issuer struct {
	role    model.RoleName
	version int64
	ring    keyring
	roles   map[model.RoleName]model.Delegation
}

// NewIssuer takes the keys and roles of f.
func NewIssuer(f *File) *Issuer {
	i := &Issuer{role: f.Role, version: f.Version, ring: newKeyring(f, nil), roles: map[model.RoleName]model.Delegation{}}
	for _, spec := range f.Roles {
		if _, twice := i.roles[spec.Name]; !twice {
			i.roles[spec.Name] = spec
		}
	}
	return i
}

// Version is that of the file.
func (i *Issuer) Version() int64 { return i.version }

// PolicyID is a text that two issuers share exactly where they ask the same of a
// role: the same keys, the same threshold.
func (i *Issuer) PolicyID(role model.RoleName) string {
	spec, ok := i.roles[role]
	if !ok {
		return ""
	}
	return fmt.Sprint(spec.Threshold, slices.Sorted(slices.Values(spec.KeyIDs)))
}

// Judge checks the signatures of f by the keys and the threshold that the
// issuer states for its role. Versions, hashes and expiry are not looked at.
func (i *Issuer) Judge(f *File) dialect.Verdict {
	spec, ok := i.roles[f.Role]
	if !ok {
		return dialect.Verdict{Problems: []model.Problem{*problem(model.ProblemUnverified, f.Role, "%s %d does not name %s", i.role, i.version, f.Role)}}
	}
	a := authority{ring: i.ring, spec: spec}
	t := a.count(f)
	v := dialect.Verdict{Met: a.met(t), Signers: t.signers(), Problems: a.problems(f.Role, t)}
	model.SortProblems(v.Problems)
	return v
}

// signers lists the keys with a valid signature.
func (t tally) signers() []model.KeyID {
	var out []model.KeyID
	for _, s := range t.signatures {
		if s.State == model.SignatureValid {
			out = append(out, s.Key)
		}
	}
	return out
}

// Succeeds returns nil where next is a root that a client which trusts prev
// takes for its successor: signed by enough root keys of prev, and by enough of
// its own. Expiry is not looked at; at is needed because a certificate must
// have become valid.
func Succeeds(gun model.GUN, at time.Time, prev, next *File) *model.Problem {
	check := rootCheck{gun: gun, at: at}
	if p := check.follows(prev, next); p != nil {
		return p
	}
	return check.follows(next, next)
}

// Stands returns nil where a client that trusts no root yet, and pins nothing,
// would take root at that moment: usable certificates for the repository, and
// enough signatures by their keys (notary-v1, 4.1).
func Stands(gun model.GUN, at time.Time, root *File) *model.Problem {
	return rootCheck{gun: gun, at: at}.self(root, false)
}

// Certificates lists the certificates of the root role of a root, in listed
// order. Keys that are none, or that are listed under a wrong ID, are left out.
func (Format) Certificates(root *model.Metadata) []dialect.CertifiedKey {
	var out []dialect.CertifiedKey
	for _, id := range root.Delegation(model.RoleRoot).KeyIDs {
		key := root.Key(id)
		v := newVerifier(key, nil)
		if v.leaf == nil {
			continue
		}
		out = append(out, dialect.CertifiedKey{Listed: id, Canonical: v.canonical, Certificate: describe(v.leaf), PEM: key.Public})
	}
	return out
}
