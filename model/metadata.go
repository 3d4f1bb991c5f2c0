package model

import (
	"slices"
	"strings"
	"time"
)

// Delegation is an edge of the graph of trust: what the file of one role says of who may
// sign another (TUF 4.3 for the roles of a root, 4.5 for delegations). Trust belongs to
// the edge: two files may delegate to one role with other keys.
type Delegation struct {
	// From is the delegator, the role whose file says it: root for the top-level roles,
	// itself included. A file that is parsed or written leaves it empty.
	From RoleName
	// Name is the role that may be signed.
	Name RoleName
	// KeyIDs as the file lists them, in its order; nil where the list is null.
	KeyIDs []KeyID
	// Threshold is how many of the keys must have signed.
	Threshold int64
	// Paths that the role may list; the dialect says whether they are prefixes or
	// patterns. A delegation has paths, hash prefixes or bins.
	Paths []string
	// PathHashPrefixes, in lower-case hexadecimal, of the SHA-256 of the paths.
	PathHashPrefixes []string
	// Bins is set where the delegation is to many roles at once, of which Name is one;
	// nil for others.
	Bins *HashBins
	// Terminating ends the search for a target that the delegation is for.
	Terminating bool
}

// HashBins spreads targets over 2^Bits roles by the first bits of the SHA-256 of their
// paths (TUF 4.5, succinct_roles).
type HashBins struct {
	// Bits is between 1 and 32.
	Bits int
	// Prefix of the names of the bins.
	Prefix string
}

// Metadata is what one metadata file says. Which fields count depends on the role.
type Metadata struct {
	Role    RoleName
	Version int64
	// Expires keeps the zone offset of the file. Write UTC.
	Expires time.Time
	// Keys of a root, or of the delegations of a targets file, sorted by ID.
	Keys []PublicKey
	// Roles of a root, sorted by name; delegations of a targets file in order
	// of addition. A nil slice is written as null, as Notary does after the
	// last one was removed.
	Roles []Delegation
	// Targets of a targets file, sorted by name.
	Targets []Target
	// Meta of a snapshot or timestamp, sorted by name.
	Meta []MetaEntry
}

// Delegation returns what the file says of a role, to be read and written; nil where it
// says nothing. Of a role that is listed twice it is the first.
func (m *Metadata) Delegation(role RoleName) *Delegation {
	i := slices.IndexFunc(m.Roles, func(d Delegation) bool { return d.Name == role })
	if i < 0 {
		return nil
	}
	return &m.Roles[i]
}

// ByRole returns Delegation for each role, to look up many.
func (m *Metadata) ByRole() map[RoleName]*Delegation {
	if m == nil {
		return nil
	}
	out := make(map[RoleName]*Delegation, len(m.Roles))
	for i := range m.Roles {
		if edge := &m.Roles[i]; out[edge.Name] == nil {
			out[edge.Name] = edge
		}
	}
	return out
}

// Delegations returns the delegations of a targets file as edges, each with its delegator;
// none of any other file.
func (m *Metadata) Delegations() []Delegation {
	if !m.Role.HoldsTargets() || len(m.Roles) == 0 {
		return nil
	}
	out := slices.Clone(m.Roles)
	for i := range out {
		out[i].From = m.Role
	}
	return out
}

// Key returns the key that the file lists under an ID; nil where it lists none.
func (m *Metadata) Key(id KeyID) *PublicKey {
	i, found := slices.BinarySearchFunc(m.Keys, id, func(k PublicKey, id KeyID) int {
		return strings.Compare(string(k.ID), string(id))
	})
	if !found {
		return nil
	}
	return &m.Keys[i]
}

// Entry returns what a snapshot or timestamp says of a file; nil where it says nothing.
func (m *Metadata) Entry(role RoleName) *MetaEntry {
	i, found := slices.BinarySearchFunc(m.Meta, role, func(e MetaEntry, r RoleName) int {
		return strings.Compare(string(e.Role), string(r))
	})
	if !found {
		return nil
	}
	return &m.Meta[i]
}
