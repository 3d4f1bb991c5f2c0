package memory

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"time"

	"trustdeck/model"
)

// Digest is the SHA-256 of the canonical signed part of a file. Signatures are no part
// of it: two files that say the same have the same digest, whoever signed them.
type Digest [sha256.Size]byte

// DigestOf hashes the canonical signed part of a file.
func DigestOf(payload []byte) Digest { return sha256.Sum256(payload) }

// String returns the digest in hexadecimal.
func (d Digest) String() string { return hex.EncodeToString(d[:]) }

// MarshalText writes hexadecimal.
func (d Digest) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads hexadecimal.
func (d *Digest) UnmarshalText(text []byte) error {
	raw, err := hex.DecodeString(string(text))
	if err != nil || len(raw) != len(d) {
		return fmt.Errorf("%q is not a SHA-256 in hexadecimal", text)
	}
	copy(d[:], raw)
	return nil
}

// Record is what is remembered of one repository on one server.
type Record struct {
	// Root holds the bytes of the newest root that was accepted; nil where none was.
	Root []byte `json:"root,omitempty"`
	// Roles says what was verified under this root of trust, root included.
	Roles map[model.RoleName]Seen `json:"roles,omitempty"`
	// Superseded are roots that the user has given up by accepting another one. They
	// are no anchors, wherever they are kept.
	Superseded []Superseded `json:"superseded,omitempty"`
	// Settled lists what the user has accepted, oldest first.
	Settled []Settlement `json:"settled,omitempty"`
}

// Seen is what is remembered of a role.
type Seen struct {
	// Version is the highest that was verified.
	Version int64 `json:"version"`
	// Digests of the signed parts that were verified in this version, sorted. Two of
	// them are an equivocation; more are not kept.
	Digests []Digest `json:"digests"`
	// Listed is the version of the last snapshot that listed the role, and Removed
	// that of the last one under which the role's parent did not delegate it; 0 is
	// never.
	Listed  int64 `json:"listed,omitempty"`
	Removed int64 `json:"removed,omitempty"`
}

// Superseded is a root that no longer anchors.
type Superseded struct {
	Digest  Digest `json:"digest"`
	Version int64  `json:"version"`
}

// Settlement is a finding that the user has accepted.
type Settlement struct {
	Role model.RoleName `json:"role"`
	// From and To are the versions before and after. Where they are the same, another
	// content or a missing file was accepted.
	From   int64     `json:"from"`
	To     int64     `json:"to"`
	Digest Digest    `json:"digest"`
	At     time.Time `json:"at"`
}

// maxDigests is how many contents of one version are kept: two prove an equivocation.
const maxDigests = 2

// Knows reports whether a role was verified with this content in the remembered
// version, and with no other.
func (s Seen) Knows(d Digest) bool { return len(s.Digests) == 1 && s.Digests[0] == d }

// Dropped reports whether a role that is delegated and not listed was listed before,
// and its parent has not taken the delegation back since.
func (s Seen) Dropped() bool { return s.Listed > s.Removed }

// merge keeps the highest of everything, and all contents of the highest version.
func (s Seen) merge(o Seen) Seen {
	out := s
	switch {
	case o.Version > s.Version:
		out.Version, out.Digests = o.Version, o.Digests
	case o.Version == s.Version:
		out.Digests = union(s.Digests, o.Digests)
	}
	out.Listed, out.Removed = max(s.Listed, o.Listed), max(s.Removed, o.Removed)
	return out
}

// union keeps the smallest, so that the order of merging makes no difference.
func union(a, b []Digest) []Digest {
	out := slices.Concat(a, b)
	slices.SortFunc(out, func(a, b Digest) int { return bytes.Compare(a[:], b[:]) })
	out = slices.Compact(out)
	return out[:min(len(out), maxDigests)]
}

// Anchors reports whether a root with this signed part may anchor: the user has not
// given it up.
func (r Record) Anchors(root Digest) bool {
	return !slices.ContainsFunc(r.Superseded, func(s Superseded) bool { return s.Digest == root })
}

// Look is what one look has verified under a root that was trusted and not disputed.
type Look struct {
	// Root holds the bytes of that root, and Version and Digest are its own.
	Root    []byte
	Version int64
	Digest  Digest
	// Basis is the remembered root that it descends from; the zero Digest where none
	// was remembered.
	Basis Digest
	// Roles were verified, root included. Some may be older than what is remembered.
	Roles map[model.RoleName]Seen
	// Afresh is set where the root has replaced keys since the Basis, after which the
	// dialect counts the versions of all other roles anew.
	Afresh bool
}

// RootDigest returns the digest of the remembered root; ok is false where there is none.
func (r Record) RootDigest() (d Digest, ok bool) {
	seen, ok := r.Roles[model.RoleRoot]
	if !ok || len(r.Root) == 0 || len(seen.Digests) == 0 {
		return Digest{}, false
	}
	return seen.Digests[0], true
}

// Fits reports whether a look rests on what is remembered: on the remembered root, or
// on a root that the look itself has seen. Where it does not, somebody else has saved
// another root meanwhile, and whether one descends from the other is not known.
func (r Record) Fits(l Look) bool {
	root, ok := r.RootDigest()
	if !ok {
		return l.Basis == Digest{}
	}
	return root == l.Basis || root == l.Digest
}

// Merge returns the record with what a look has verified; the record itself stays as
// it is. The look must fit. No version becomes lower, save where a look counts afresh, and
// the order in which looks are merged makes no difference.
func (r Record) Merge(l Look) Record {
	out := r.clone()
	if basis, ok := r.RootDigest(); ok && l.Afresh && basis == l.Basis && basis != l.Digest {
		out.Roles = map[model.RoleName]Seen{model.RoleRoot: r.Roles[model.RoleRoot]}
	}
	if l.Version > out.Roles[model.RoleRoot].Version {
		out.Root = l.Root
	}
	for name, seen := range l.Roles {
		out.Roles[name] = out.Roles[name].merge(seen)
	}
	return out
}

// Begin returns the first record of a repository.
func Begin(l Look) Record { return Record{}.Merge(l) }

// clone copies what Merge and the settlements change.
func (r Record) clone() Record {
	out := Record{Root: r.Root, Roles: make(map[model.RoleName]Seen, len(r.Roles)), Superseded: slices.Clone(r.Superseded), Settled: slices.Clone(r.Settled)}
	maps.Copy(out.Roles, r.Roles)
	return out
}

// Equal reports whether two records say the same.
func (r Record) Equal(o Record) bool {
	return bytes.Equal(r.Root, o.Root) && slices.Equal(r.Superseded, o.Superseded) && slices.Equal(r.Settled, o.Settled) &&
		maps.EqualFunc(r.Roles, o.Roles, func(a, b Seen) bool {
			return a.Version == b.Version && a.Listed == b.Listed && a.Removed == b.Removed && slices.Equal(a.Digests, b.Digests)
		})
}
