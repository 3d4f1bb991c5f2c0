package notary

import (
	"crypto"
	"fmt"
	"time"

	"trustdeck/model"
	"trustdeck/model/dialect"
)

// Format is Notary v1 behind the port that plans, use cases and screens ask, without the
// conventions of anybody: docker.Dialect adds those.
type Format struct {
	// Parsed holds large files that were parsed; without it, each is parsed whenever it is
	// read.
	Parsed *ParsedFiles
}

var _ interface {
	dialect.Reader
	dialect.Writer
	dialect.Keys
} = Format{}

// Name returns model.NotaryV1.
func (Format) Name() model.Dialect { return model.NotaryV1 }

// asFile is a file that this package has parsed, and no other package's is given to it.
func asFile(f *dialect.File) *File { return f.Own.(*File) } //nolint:forcetypeassert // a programmer's mistake

// Load is NewLoad.
func (f Format) Load(cfg dialect.Config) dialect.Load { return newLoad(cfg, f.Parsed) }

// Parse is the function Parse.
func (Format) Parse(role model.RoleName, raw []byte) (*dialect.File, error) {
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

// Deviation is File.Deviation.
func (Format) Deviation(f *dialect.File, raw []byte) string { return asFile(f).Deviation(raw) }

// ParseRole is the function ParseRole.
func (Format) ParseRole(name string) (model.RoleName, error) { return ParseRole(name) }

// Delegator is the role above a delegation, and the root for the top-level roles.
func (Format) Delegator(role model.RoleName) (from model.RoleName, ok bool) {
	return Parent(role), role.TopLevel() || delegated(role)
}

// CheckPath is the function CheckPath.
func (Format) CheckPath(path string, permitted []string) error { return CheckPath(path, permitted) }

// AllPaths is the empty prefix.
func (Format) AllPaths() []string { return []string{""} }

// Restrict are the paths that begin with one of the delegator's (notary-v1, 4.5).
func (Format) Restrict(permitted, paths []string) []string { return restrict(permitted, paths) }

// Matcher looks for prefixes.
func (Format) Matcher(edge model.Delegation) func(name string) bool {
	return NewPrefixes(edge.Paths).Permits
}

// Short is the function Base.
func (Format) Short(role model.RoleName) string { return Base(role) }

// Sign is the function Sign.
func (Format) Sign(listed model.PublicKey, key crypto.Signer, payload []byte) (dialect.Signature, error) {
	return Sign(listed.ID, key, payload)
}

// Method is the method of Sign for the type of a key.
func (Format) Method(k model.PublicKey) string { return methodOf(newVerifier(&k, nil).public) }

// Limit is MaxTimestamp for a timestamp and MaxFile for any other file.
func (Format) Limit(role model.RoleName) int64 {
	if role == model.RoleTimestamp {
		return MaxTimestamp
	}
	return MaxFile
}

// Issuer is NewIssuer.
func (Format) Issuer(f *dialect.File) dialect.Issuer { return issuer{NewIssuer(asFile(f))} }

type issuer struct{ *Issuer }

func (i issuer) Judge(f *dialect.File) dialect.Verdict { return i.Issuer.Judge(asFile(f)) }

// Succeeds is the function Succeeds.
func (Format) Succeeds(gun model.GUN, at time.Time, prev, next *dialect.File) *model.Problem {
	return Succeeds(gun, at, asFile(prev), asFile(next))
}

// Refusal is the function Refusal.
func (Format) Refusal(r *model.Repository) *model.Problem { return Refusal(r) }

// Restatable are none: a key has one form.
func (Format) Restatable(*model.Repository) []model.RoleName { return nil }

// ParseChange is the function ParseChange.
func (Format) ParseChange(raw []byte) (model.StagedChange, error) { return ParseChange(raw) }

// Draft is NewDraft where there is no repository, and DraftOf where there is one.
func (f Format) Draft(gun model.GUN, r *model.Repository, ownSnapshot bool) dialect.Draft {
	if r == nil {
		return NewDraft(gun, ownSnapshot)
	}
	return draftOf(r, ownSnapshot, f.Parsed)
}

// Lapses marks Notary v1: a client whose cached root has expired loads the current one
// straight after it (notary-v1, 4.4).
func (Format) Lapses() {}

// Online is the timestamp.
func (Format) Online() []model.RoleName { return online }

// CheckTarget is the function CheckTarget.
func (Format) CheckTarget(target model.Target) error { return CheckTarget(target) }

// CheckSize holds a file against what Parse reads.
func (Format) CheckSize(f *model.Metadata) error {
	most := MaxRoles - len(model.TopLevelRoles())
	switch {
	case len(f.Roles) > most:
		return fmt.Errorf("%s would delegate to %d roles, the limit is %d", f.Role, len(f.Roles), most)
	case len(f.Keys) > MaxKeys:
		return fmt.Errorf("%s would list %d keys, the limit is %d", f.Role, len(f.Keys), MaxKeys)
	}
	for _, edge := range f.Roles {
		switch {
		case len(edge.KeyIDs) > MaxKeyIDs:
			return fmt.Errorf("%s would have %d keys, the limit is %d", edge.Name, len(edge.KeyIDs), MaxKeyIDs)
		case len(edge.Paths) > MaxPaths:
			return fmt.Errorf("%s would have %d paths, the limit is %d", edge.Name, len(edge.Paths), MaxPaths)
		}
	}
	return nil
}

// ServerKeys is true: a server always has the key of the timestamp, and may have that of the
// snapshot.
func (Format) ServerKeys() bool { return true }

// NewCertificate is the function NewCertificate.
func (Format) NewCertificate(gun model.GUN, key crypto.Signer, serial [16]byte, from time.Time) ([]byte, error) {
	return NewCertificate(gun, key, serial, from)
}

// Bare is the function Bare.
func (Format) Bare(pub crypto.PublicKey) (model.PublicKey, error) { return Bare(pub) }

// Certifies is true.
func (Format) Certifies() bool { return true }

// Algorithms is the one that Notary's own programs make keys of.
func (Format) Algorithms() []model.Algorithm { return []model.Algorithm{model.ECDSAP256} }

// KeyCaution is empty: all clients make such keys themselves.
func (Format) KeyCaution(model.Algorithm) string { return "" }

// KeyType is that of an ECDSA key.
func (Format) KeyType(model.Algorithm) model.KeyType { return model.KeyECDSA }

// Certified is the function Certified.
func (Format) Certified(pemText []byte) (model.PublicKey, error) { return Certified(pemText) }

// CanonicalID is the function CanonicalID.
func (Format) CanonicalID(k model.PublicKey) model.KeyID { return CanonicalID(k) }

// CheckKey is the function CheckKey.
func (Format) CheckKey(k model.PublicKey, gun model.GUN, at time.Time) error {
	return CheckKey(k, gun, at)
}
