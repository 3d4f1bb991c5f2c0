package report

import (
	"encoding/hex"
	"slices"
	"time"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/quorum"
)

// Inspect is the answer of "trustdeck inspect".
type Inspect struct {
	Answer
	// Repositories in the order of the arguments.
	Repositories []Repository `json:"repositories"`
}

// NewInspect makes the answer.
func NewInspect(repositories []Repository) Inspect {
	return Inspect{Answer: answer("inspect"), Repositories: repositories}
}

// Repository is everything about one repository, with every verdict.
type Repository struct {
	Name string `json:"name"`
	// Level is "broken", "soon", "stale", "ok" or "none".
	Level string `json:"level"`
	// Health is the same for people, where "soon" is "expiring" or "warning".
	Health string `json:"health"`
	// Reason is one sentence for Level; empty where it is "ok".
	Reason string `json:"reason,omitempty"`
	// Verified tells whether every role verifies and none has expired.
	Verified bool `json:"verified"`
	// Stale is true for data from the cache because reading failed.
	Stale bool `json:"stale"`
	// Dialect of the metadata; absent where nothing was read.
	Dialect string `json:"dialect,omitempty"`
	// At is the moment for which expiry was judged.
	At time.Time `json:"at,omitzero"`
	// Changed is the last publish, where known.
	Changed time.Time `json:"changed,omitzero"`
	// Source is absent where nothing was read.
	Source *Source `json:"source,omitempty"`
	// Anchor is absent where nothing was read.
	Anchor *Anchor `json:"anchor,omitempty"`
	// NextExpiry is the role that expires next, timestamp aside.
	NextExpiry *Expiry `json:"nextExpiry,omitempty"`
	// Roles: root, targets, its delegations in pre-order, snapshot, timestamp.
	Roles   []Role   `json:"roles"`
	Signers []Signer `json:"signers"`
	// Shared are the roles that all signers sign beside their own.
	Shared []string `json:"shared"`
	Keys   []Key    `json:"keys"`
	Tags   []Tag    `json:"tags"`
	// Resolution is there where a tag was named.
	Resolution *Resolution `json:"resolution,omitempty"`
	// Registry is there where a tag was named, the registry was to be asked,
	// and trust data was read to compare with.
	Registry *Served `json:"registry,omitempty"`
	// Problems of the repository as a whole; those of a role are with it.
	Problems []Problem `json:"problems"`
	Findings []Finding `json:"findings"`
	// Fault says why the repository could not be read now.
	Fault *Fault `json:"fault,omitempty"`
}

// Expiry is when a role expires.
type Expiry struct {
	Role    string    `json:"role"`
	Expires time.Time `json:"expires"`
}

// Anchor is what the trust in the root rests on.
type Anchor struct {
	// Kind is "none", "pin", "trust folder", "own state", "first use" or
	// "archive".
	Kind string `json:"kind"`
	// Source names the file, folder or setting.
	Source string `json:"source,omitempty"`
	// Version of the newest root that was known before, also beside a pin; absent
	// where there is a pin and none was.
	Version int64 `json:"version,omitempty"`
	// Keys are the canonical IDs of the root keys that were trusted first.
	Keys []string `json:"keys"`
	// Walked holds the root versions verified one from another.
	Walked []int64 `json:"walked"`
}

// Role is one role with its verdict.
type Role struct {
	Name string `json:"name"`
	// State is "verified", "broken", "unreadable", "unavailable", "missing" or
	// "unpublished".
	State   string `json:"state"`
	Expired bool   `json:"expired"`
	// Threshold of Keys must have signed; Valid have.
	Threshold int `json:"threshold"`
	Valid     int `json:"valid"`
	// Keys are canonical IDs in listed order, ListedAs the IDs of the metadata
	// in the same order.
	Keys     []string `json:"keys"`
	ListedAs []string `json:"listedAs"`
	// Paths of a delegation, and what is left of them below all its parents.
	Paths          []string `json:"paths"`
	EffectivePaths []string `json:"effectivePaths"`
	// Version is 0 where no file was read.
	Version int64     `json:"version"`
	Expires time.Time `json:"expires,omitzero"`
	// SigningOpens is when the next version is due to be signed, as the metadata says.
	SigningOpens time.Time `json:"signingOpens,omitzero"`
	// LifetimeDays is after how many days each version expires, as the metadata says.
	LifetimeDays int `json:"lifetimeDays,omitempty"`
	// Modified is when the server says it stored the file.
	Modified time.Time `json:"modified,omitzero"`
	// Length in bytes and SHA256 in hexadecimal of the file as it came.
	Length int    `json:"length"`
	SHA256 string `json:"sha256,omitempty"`
	// Targets is the number of targets that the file lists.
	Targets    int         `json:"targets"`
	Signatures []Signature `json:"signatures"`
	// Meta is what a snapshot or timestamp says of other files.
	Meta     []Meta    `json:"meta"`
	Problems []Problem `json:"problems"`
}

// Signature is one signature with its verdict.
type Signature struct {
	// KeyID as the file states it.
	KeyID string `json:"keyId"`
	// Key is the canonical ID; absent where the key is unknown.
	Key    string `json:"key,omitempty"`
	Method string `json:"method"`
	// State is "valid", "invalid", "unknown key", "previous key",
	// "unsupported", "duplicate", "bad key", "pending" or "unchecked".
	State string `json:"state"`
	// Detail says why State is not "valid".
	Detail string `json:"detail,omitempty"`
}

// Meta is what a snapshot or timestamp says of another file.
type Meta struct {
	Role   string `json:"role"`
	Length int64  `json:"length"`
	SHA256 string `json:"sha256,omitempty"`
	SHA512 string `json:"sha512,omitempty"`
}

// Signer is a delegation directly below targets, other than releases.
type Signer struct {
	Name string   `json:"name"`
	Role string   `json:"role"`
	Keys []string `json:"keys"`
	// Releases holds those of Keys that targets/releases lists as well. A
	// signer without any can sign nothing that Docker pulls.
	Releases []string `json:"releases"`
}

// Key is a public key with all its names.
type Key struct {
	// ID is the canonical ID.
	ID string `json:"id"`
	// ListedAs holds the IDs under which metadata lists the key.
	ListedAs []string `json:"listedAs"`
	// Types in the order of ListedAs.
	Types     []string `json:"types"`
	Algorithm string   `json:"algorithm"`
	// Fingerprint is the SHA-256 of the SubjectPublicKeyInfo.
	Fingerprint  string        `json:"fingerprint,omitempty"`
	Roles        []string      `json:"roles"`
	Certificates []Certificate `json:"certificates"`
	// Holder is the name of who has the private key, as the metadata says or else the
	// settings.
	Holder string `json:"holder,omitempty"`
	// Online is true where they say that a service signs with the key by itself.
	Online bool `json:"online,omitempty"`
}

// Certificate is what is told of an X.509 certificate.
type Certificate struct {
	Subject string `json:"subject"`
	Issuer  string `json:"issuer"`
	// Serial in hexadecimal.
	Serial    string    `json:"serial,omitempty"`
	NotBefore time.Time `json:"notBefore,omitzero"`
	NotAfter  time.Time `json:"notAfter,omitzero"`
	// Fingerprint is the SHA-256 of the DER.
	Fingerprint string `json:"fingerprint"`
}

// NewRepository converts a view. Tags are those to be listed; resolution is nil
// unless one tag was asked for. known is what the settings tell of holders.
func NewRepository(v admin.Look, tags []model.Tag, resolution *model.Resolution, known quorum.Known) Repository {
	out := Repository{
		Name:     string(v.GUN),
		Level:    v.Assessment.Level.String(),
		Health:   v.Assessment.Word(),
		Reason:   v.Assessment.Reason,
		Verified: Verified(v),
		Stale:    v.Stale,
		Changed:  utc(v.Changed),
		Roles:    []Role{},
		Signers:  []Signer{},
		Shared:   []string{},
		Keys:     []Key{},
		Tags:     each(tags, newTag),
		Problems: []Problem{},
		Findings: each(v.Assessment.Findings, newFinding),
		Fault:    NewFault(v.Fault),
	}
	if resolution != nil {
		r := newResolution(*resolution)
		out.Resolution = &r
	}
	if v.Assessment.First != "" {
		out.NextExpiry = &Expiry{Role: string(v.Assessment.First), Expires: utc(v.Assessment.Expires)}
	}
	repo := v.Repository
	if repo == nil {
		return out
	}
	source, anchor := NewSource(repo.Source), newAnchor(repo.Anchor)
	out.Dialect, out.At = string(repo.Dialect), utc(repo.At)
	out.Source, out.Anchor = &source, &anchor
	out.Roles = each(repo.Roles, newRole)
	out.Signers = each(repo.Signers, newSigner)
	out.Shared = texts(repo.Shared)
	out.Keys = make([]Key, len(repo.Keys))
	for i := range repo.Keys {
		out.Keys[i] = newKey(repo.Keys[i], known)
	}
	out.Problems = each(repo.Problems, newProblem)
	return out
}

// Verified joins the verdicts of the dialect: whether the repository was read,
// every role of it verifies, none has expired, and nothing else about it is a
// failure.
func Verified(v admin.Look) bool {
	if v.Repository == nil {
		return false
	}
	for i := range v.Repository.Roles {
		if r := &v.Repository.Roles[i]; r.Expired || r.State != model.RoleVerified && r.State != model.RoleUnpublished {
			return false
		}
	}
	return !slices.ContainsFunc(v.Repository.Problems, model.Problem.IsFailure)
}

func newAnchor(a model.Anchor) Anchor {
	return Anchor{
		Kind: a.Kind.String(), Source: a.Source, Version: a.Version,
		Keys: texts(a.Keys), Walked: append([]int64{}, a.Walked...),
	}
}

func newRole(r model.Role) Role {
	out := Role{
		Name:      string(r.Name),
		State:     r.State.String(),
		Expired:   r.Expired,
		Threshold: r.Threshold, Valid: r.Valid,
		Keys: texts(r.Keys), ListedAs: texts(r.Listed),
		Paths: texts(r.Paths), EffectivePaths: texts(r.Effective),
		Version: r.Version, Expires: utc(r.Expires), SigningOpens: utc(r.SigningOpens), LifetimeDays: int(r.Lifetime / (24 * time.Hour)), Modified: utc(r.Modified),
		Length:     len(r.Raw),
		Targets:    len(r.Targets),
		Signatures: each(r.Signatures, newSignature),
		Meta:       each(r.Meta, newMeta),
		Problems:   each(r.Problems, newProblem),
	}
	if r.Raw != nil {
		out.SHA256 = hex.EncodeToString(r.SHA256[:])
	}
	return out
}

func newSignature(s model.Signature) Signature {
	return Signature{KeyID: string(s.KeyID), Key: string(s.Key), Method: s.Method, State: s.State.String(), Detail: s.Detail}
}

func newMeta(m model.MetaEntry) Meta {
	return Meta{Role: string(m.Role), Length: m.Length, SHA256: hexOf(m.Hashes.SHA256), SHA512: hexOf(m.Hashes.SHA512)}
}

func newSigner(s model.Signer) Signer {
	return Signer{Name: s.Name, Role: string(s.Role), Keys: texts(s.Keys), Releases: texts(s.Shared)}
}

func newKey(k model.Key, known quorum.Known) Key {
	holder := known.Stated(&k)
	return Key{
		Holder: holder.Name, Online: holder.Kind == quorum.HolderServer,
		ID: string(k.ID), ListedAs: texts(k.ListedAs), Types: texts(k.Types),
		Algorithm: k.Algorithm, Fingerprint: k.Fingerprint(),
		Roles: texts(k.Roles), Certificates: each(k.Certificates, newCertificate),
	}
}

func newCertificate(c model.Certificate) Certificate {
	out := Certificate{
		Subject: c.Subject, Issuer: c.Issuer,
		NotBefore: utc(c.NotBefore), NotAfter: utc(c.NotAfter), Fingerprint: c.Fingerprint,
	}
	if c.Serial != nil {
		out.Serial = c.Serial.Text(16)
	}
	return out
}

// Look is which repository an answer is about, and how it was read.
type Look struct {
	Repository string `json:"repository"`
	// Verified as in Repository.
	Verified bool `json:"verified"`
	// Stale is true for data from the cache because reading failed.
	Stale bool `json:"stale"`
	// At is the moment for which expiry was judged; absent where nothing was read.
	At time.Time `json:"at,omitzero"`
	// Source is absent where nothing was read.
	Source *Source `json:"source,omitempty"`
	// Fault says why the repository could not be read now.
	Fault *Fault `json:"fault,omitempty"`
}

func newLook(v admin.Look) Look {
	out := Look{Repository: string(v.GUN), Verified: Verified(v), Stale: v.Stale, Fault: NewFault(v.Fault)}
	if v.Repository != nil {
		source := NewSource(v.Repository.Source)
		out.Source, out.At = &source, utc(v.Repository.At)
	}
	return out
}
