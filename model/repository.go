package model

import (
	"bytes"
	"encoding/hex"
	"maps"
	"slices"
	"time"
)

// Dialect names the metadata format of a repository.
type Dialect string

// The dialects.
const (
	// NotaryV1 is Docker Content Trust's format.
	NotaryV1 Dialect = "notary-v1"
	// TUF1 is the format of the TUF specification from version 1.0 on.
	TUF1 Dialect = "tuf-1"
)

// RoleState is the overall verdict on a role's file.
type RoleState int

// The verdicts, from worst to best. Expiry is not among them: see
// Role.Expired.
const (
	// RoleMissing: the repository should have the file, and it was not found.
	RoleMissing RoleState = iota
	// RoleUnavailable: the file could not be read; Problems hold the reason.
	RoleUnavailable
	// RoleUnreadable: bytes came, and they are not metadata of this role.
	RoleUnreadable
	// RoleBroken: it was read and does not verify.
	RoleBroken
	// RoleUnpublished: a delegation that never had content. It has no file.
	RoleUnpublished
	// RoleVerified: signatures, hashes and versions are as they must be.
	RoleVerified
)

var roleStates = [...]string{"missing", "unavailable", "unreadable", "broken", "unpublished", "verified"}

// String returns the state in one word.
func (s RoleState) String() string {
	if s < 0 || int(s) >= len(roleStates) {
		return "unknown"
	}
	return roleStates[s]
}

// Role is one role of a repository: what its parent says of it, what its file
// says, and the verdict.
type Role struct {
	Name  RoleName
	State RoleState
	// Expired is judged at Repository.At.
	Expired bool

	// Short is the name for people who know what it is a role of: that of a delegation
	// without its delegator's.
	Short string
	// Online is true where a server or a robot signs the file, and no administrator.
	Online bool
	// SelfRenewing is true where a server signs the file anew when it is read after it
	// has expired: nobody has to look after its expiry.
	SelfRenewing bool

	// Parents are the delegations to the role, in the order in which clients follow them.
	// The root, and the other top-level roles, have one: that of the root. It is empty
	// where no delegator could be read.
	Parents []Delegation
	// Grants are the verdicts by each of Parents, in their order: trust belongs to the
	// edge. They are nil where there is at most one parent, and State tells all.
	Grants []Grant
	// Threshold is the number of distinct keys that must have signed, by the first of
	// Parents, as are Keys, Listed and Paths.
	Threshold int
	// Keys are the canonical IDs of the keys that may sign, in listed order.
	Keys []KeyID
	// Listed are the same keys by the IDs of the metadata, in the same order.
	Listed []KeyID
	// Paths are those that a delegation was given, as Delegation.Paths; "" permits all.
	Paths []string
	// Effective are the paths that remain when those of all parents are
	// applied. Empty for a delegation that can hold nothing visible.
	Effective []string

	// Version is 0 where no file was read.
	Version int64
	Expires time.Time
	// SigningOpens is when the next version is due to be signed, as the metadata says;
	// zero where it does not.
	SigningOpens time.Time
	// Lifetime is after how long each version of the file expires, as the metadata says; zero
	// where it does not.
	Lifetime time.Duration
	// Signatures in the order of the file, each with its verdict.
	Signatures []Signature
	// Valid is the number of distinct keys with a valid signature.
	Valid int
	// Ahead is true where the snapshot does not list this version yet: the robot that signs
	// the snapshot is to, and clients get the version before until it has.
	Ahead bool
	// Replaces is the file that this one replaces, where that is not published yet: of a role
	// that is Ahead, or of a root for which somebody has yet to sign. It is nil where that is
	// not known.
	Replaces []byte
	// Targets that the file lists, sorted by name. Empty for root, snapshot
	// and timestamp.
	Targets []Target
	// Meta lists what a snapshot or timestamp says of other files, sorted by
	// name.
	Meta []MetaEntry
	// Delegations that the file makes, in its order, which is that of the search for a
	// target; those to hash bins are one for each bin. Empty for a root.
	Delegations []Delegation

	// Raw holds the bytes as they came; nil where none came.
	Raw []byte
	// SHA256 of Raw.
	SHA256 [32]byte
	// Modified is when the server says it stored the file; may be zero.
	Modified time.Time
	// Problems of this role, worst first.
	Problems []Problem
}

// Parent is the role whose file is the first to name the keys of r: root for the
// top-level roles, root itself included.
func (r *Role) Parent() RoleName {
	if len(r.Parents) == 0 {
		return RoleRoot
	}
	return r.Parents[0].From
}

// Grant is the verdict on a role's file by one of the delegations to it.
type Grant struct {
	// Valid is the number of distinct keys of the delegation with a valid signature.
	Valid int
	// Met is true where those are enough, and the delegator is trusted itself.
	Met bool
}

// awaiting are the problems of a file that has yet to be signed by others.
var awaiting = []ProblemCode{ProblemThreshold, ProblemNoSignatures, ProblemUnverified, ProblemExpired}

// Asked are the signatures of those who are asked to sign the file and have not.
func (r *Role) Asked() []Signature {
	return slices.DeleteFunc(slices.Clone(r.Signatures), func(s Signature) bool { return s.State != SignaturePending })
}

// AwaitsSignatures reports whether the file was written for several people to sign, and not all
// have: it needs nothing else. One that has enough may still ask for more.
func (r *Role) AwaitsSignatures() bool {
	asked := len(r.Asked()) > 0
	switch {
	case r.Online || r.Version == 0:
		return false
	case r.State == RoleVerified:
		return asked && (r.Ahead || r.Name == RoleRoot)
	case r.State != RoleBroken, r.Name == RoleRoot && r.Replaces == nil, r.Name != RoleRoot && !r.Ahead && !asked:
		return false
	}
	return !slices.ContainsFunc(r.Problems, func(p Problem) bool { return p.Severity == Failure && !slices.Contains(awaiting, p.Code) })
}

// Usable reports whether a client may rely on the role at Repository.At.
func (r *Role) Usable() bool { return r.State == RoleVerified && !r.Expired }

// Condition is why a client does not rely on the role, in a word or two: its state, or that
// it has expired.
func (r *Role) Condition() string {
	if r.State == RoleVerified && r.Expired {
		return "expired"
	}
	return r.State.String()
}

// Target is a name with the content it stands for: a tag with its image.
type Target struct {
	Name   string
	Length int64
	Hashes Hashes
	// Custom is the custom member as it came; nil where there is none.
	Custom []byte
}

// Equal reports whether two targets say the same in every byte.
func (t Target) Equal(other Target) bool {
	return t.Name == other.Name && t.Length == other.Length && t.Hashes.Equal(other.Hashes) &&
		maps.EqualFunc(t.Hashes.Other, other.Hashes.Other, bytes.Equal) && bytes.Equal(t.Custom, other.Custom)
}

// Hashes of a file or target. A missing one is nil.
type Hashes struct {
	SHA256 []byte
	SHA512 []byte
	// Other holds the hashes of other names, which no client checks, and a nil
	// under the name of each hash that is stated as null. It is nil where there are
	// none of either kind.
	Other map[string][]byte
}

// Equal reports whether two files have the same hashes, as far as clients check them.
func (h Hashes) Equal(other Hashes) bool {
	return bytes.Equal(h.SHA256, other.SHA256) && bytes.Equal(h.SHA512, other.SHA512)
}

// Digest is the hash by which people know a target: the SHA-256 where there is one. It is
// empty where no client could check the target.
func (h Hashes) Digest() string {
	switch {
	case h.SHA256 != nil:
		return "sha256:" + hex.EncodeToString(h.SHA256)
	case h.SHA512 != nil:
		return "sha512:" + hex.EncodeToString(h.SHA512)
	default:
		return ""
	}
}

// MetaEntry is what a snapshot or timestamp says of another file.
type MetaEntry struct {
	Role RoleName
	// Version of the file; 0 where the dialect states none.
	Version int64
	Length  int64
	Hashes  Hashes
	// Custom is the custom member as it came; nil where there is none.
	Custom []byte
}

// AnchorKind says why a root is trusted.
type AnchorKind int

// The kinds, in order of precedence: see DESIGN, trust anchors.
const (
	// AnchorNone: nothing verified the root.
	AnchorNone AnchorKind = iota
	// AnchorPin: a certificate or CA that the user named.
	AnchorPin
	// AnchorTrustDir: the root that Docker or Notary has cached.
	AnchorTrustDir
	// AnchorOwn: the root that trustdeck itself saw last.
	AnchorOwn
	// AnchorFirstUse: nothing was known before; the root is believed because
	// the connection was.
	AnchorFirstUse
	// AnchorArchive: the oldest root of the archive that is being read.
	AnchorArchive
)

var anchorKinds = [...]string{"none", "pin", "trust folder", "own state", "first use", "archive"}

// String returns the kind in words.
func (k AnchorKind) String() string {
	if k < 0 || int(k) >= len(anchorKinds) {
		return "unknown"
	}
	return anchorKinds[k]
}

// Anchor is what the trust in a repository's root rests on.
type Anchor struct {
	Kind AnchorKind
	// Source names the file, folder or setting of the anchor.
	Source string
	// Version of the newest root that was known before, also beside a pin; 0 where
	// there is a pin and none was.
	Version int64
	// Keys are the canonical IDs of the root keys that were trusted first.
	Keys []KeyID
	// Walked holds the root versions that were verified one from another, from
	// the anchor to the current one, both included.
	Walked []int64
}

// SourceKind says where the bytes of a repository came from.
type SourceKind int

// The kinds of source.
const (
	// SourceServer: read from the server just now.
	SourceServer SourceKind = iota
	// SourceCache: trustdeck's own cache; never current.
	SourceCache
	// SourceArchive: an archive, which is what it is, as of its date.
	SourceArchive
	// SourceFolder: read just now from a folder in which it is published.
	SourceFolder
)

// String returns the kind in one word.
func (k SourceKind) String() string {
	switch k {
	case SourceServer:
		return "server"
	case SourceCache:
		return "cache"
	case SourceArchive:
		return "archive"
	case SourceFolder:
		return "folder"
	default:
		return "unknown"
	}
}

// Source says where and when a repository was read.
type Source struct {
	Kind SourceKind
	// Name of the server, archive or folder.
	Name string
	// Read is when the bytes were read from there.
	Read time.Time
}

// Repository is a repository as verified at one moment.
type Repository struct {
	GUN     GUN
	Dialect Dialect
	// At is the moment for which expiry was judged.
	At     time.Time
	Source Source
	Anchor Anchor
	// Roles in the order in which they are shown: root, targets, its
	// delegations in pre-order, snapshot, timestamp. The four top-level roles
	// are always present, if only as missing.
	Roles []Role
	// Keys that any role lists, sorted by ID.
	Keys []Key
	// Signers are the people and robots that may sign targets, as the conventions of the
	// dialect's users see it, in the order of their roles.
	Signers []Signer
	// Shared are the roles that all signers sign beside their own, whether they are there
	// or not; none where the conventions have no such roles.
	Shared []RoleName
	// ReadOnly is true where repositories of the dialect can be looked at and not be changed.
	ReadOnly bool
	// Problems of the repository as a whole, worst first. Those of a role are
	// with the role.
	Problems []Problem
}

// Role returns the role of that name, or nil.
func (r *Repository) Role(name RoleName) *Role {
	for i := range r.Roles {
		if r.Roles[i].Name == name {
			return &r.Roles[i]
		}
	}
	return nil
}

// Path is the way from targets to a delegation as clients go it, both included; of any
// other role it is the role alone.
func (r *Repository) Path(to RoleName) []RoleName {
	path := []RoleName{to}
	for role := r.Role(to); role != nil && role.Name.Delegation() && !slices.Contains(path, role.Parent()); role = r.Role(role.Parent()) {
		path = append(path, role.Parent())
	}
	slices.Reverse(path)
	return path
}

// Depths are the numbers of delegations from targets to each role: 0 for the top-level
// roles. Roles come after those that delegate to them.
func (r *Repository) Depths() map[RoleName]int {
	out := make(map[RoleName]int, len(r.Roles))
	for i := range r.Roles {
		role := &r.Roles[i]
		if role.Name.Delegation() {
			out[role.Name] = out[role.Parent()] + 1
		} else {
			out[role.Name] = 0
		}
	}
	return out
}

// Short is Role.Short of the role of that name, and the name where there is none.
func (r *Repository) Short(of RoleName) string {
	if role := r.Role(of); role != nil {
		return role.Short
	}
	return string(of)
}

// Deciding are the roles whose thresholds decide what clients trust: root, and the roles
// that all signers sign, or targets where there are none.
func (r *Repository) Deciding() []*Role {
	var out []*Role
	add := func(name RoleName) {
		if role := r.Role(name); role != nil {
			out = append(out, role)
		}
	}
	for _, name := range r.Shared {
		add(name)
	}
	if len(out) == 0 {
		add(RoleTargets)
	}
	if root := r.Role(RoleRoot); root != nil {
		out = slices.Insert(out, 0, root)
	}
	return out
}

// Signer returns the role of the signer of that name; nil where there is none.
func (r *Repository) Signer(name string) *Role {
	for _, s := range r.Signers {
		if s.Name == name {
			return r.Role(s.Role)
		}
	}
	return nil
}

// Key finds a key by its canonical ID or by that of one of its certificates.
func (r *Repository) Key(id KeyID) (Key, bool) {
	for _, k := range r.Keys {
		if k.Has(id) {
			return k, true
		}
	}
	return Key{}, false
}

// AllProblems returns the problems of the repository and of every role, worst
// first.
func (r *Repository) AllProblems() []Problem {
	all := append([]Problem(nil), r.Problems...)
	for i := range r.Roles {
		all = append(all, r.Roles[i].Problems...)
	}
	SortProblems(all)
	return all
}

// Signer is a person or robot that may sign targets, as the conventions of a dialect see
// it: who has a role of their own.
type Signer struct {
	// Name that people use.
	Name string
	Role RoleName
	Keys []KeyID
	// Shared holds those of Keys that are listed as well in the roles that all signers
	// sign, where the conventions have such roles. What is signed with others, clients do
	// not find.
	Shared []KeyID
}
