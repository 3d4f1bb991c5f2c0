package plan

import (
	"slices"
	"strings"
	"time"

	"trustdeck/model"
)

// Difference says how something is afterwards, compared with how it is now.
type Difference string

// The differences.
const (
	Added   Difference = "added"
	Removed Difference = "removed"
	Changed Difference = "changed"
	Kept    Difference = "kept"
)

// RoleSummary is a role that a part changes: what the repository says of it now, and what
// it will say. Together the rows are exactly the difference between the two; what a server
// signs by itself is as expected.
type RoleSummary struct {
	Role model.RoleName `json:"role"`
	// Difference is Added, Removed or Changed.
	Difference Difference `json:"difference"`
	// VersionBefore and VersionAfter are those of its file; 0 where there is none.
	VersionBefore int64 `json:"versionBefore"`
	VersionAfter  int64 `json:"versionAfter"`
	// ExpiresBefore and ExpiresAfter are those of its file; zero where there is none.
	// ExpiresAfter is as in Rewrite.
	ExpiresBefore time.Time `json:"expiresBefore,omitzero"`
	ExpiresAfter  time.Time `json:"expiresAfter,omitzero"`
	// Signer writes the new file; empty where it gets none.
	Signer Signer `json:"signer,omitempty"`
	// Edges are the delegations to the role, one for each delegator: first those of now.
	Edges []EdgeSummary `json:"edges"`
}

// EdgeSummary is what one delegator says of a role, now and afterwards.
type EdgeSummary struct {
	From model.RoleName `json:"from"`
	// Difference is Added, Removed, Changed, or Kept where it says the same.
	Difference Difference `json:"difference"`
	// ThresholdBefore and ThresholdAfter are how many keys must sign; 0 where it does not
	// delegate.
	ThresholdBefore int64 `json:"thresholdBefore"`
	ThresholdAfter  int64 `json:"thresholdAfter"`
	// PathsBefore and PathsAfter are what the role may list; neither is set where that
	// stays the same.
	PathsBefore []string `json:"pathsBefore,omitempty"`
	PathsAfter  []string `json:"pathsAfter,omitempty"`
	// Keys are those of now in listed order, then those that come.
	Keys []KeySummary `json:"keys"`
}

// KeySummary is a key that may sign a role, now or afterwards.
type KeySummary struct {
	// ID is the canonical ID; empty for a key to be made.
	ID model.KeyID `json:"id,omitempty"`
	// Listed is the ID in the metadata, or the symbol of a key to be made: afterwards, or
	// now where the key is removed.
	Listed model.KeyID `json:"listed"`
	// Name is the signer that has the key, else its holder as the metadata says, or what a key
	// to be made is for; empty where none is known.
	Name string `json:"name,omitempty"`
	// Difference is Added, Removed or Kept, or Changed where the same key is listed under
	// another ID: a root key with a new certificate.
	Difference Difference `json:"difference"`
}

// Before and After count the keys that may sign, now and afterwards.
func (e *EdgeSummary) Before() int { return e.count(Added) }

// After is described at Before.
func (e *EdgeSummary) After() int { return e.count(Removed) }

func (e *EdgeSummary) count(without Difference) int {
	n := 0
	for _, k := range e.Keys {
		if k.Difference != without {
			n++
		}
	}
	return n
}

// summary compares the repository with what it will be, role by role.
func (c *compiler) summary() []RoleSummary {
	c.signers = c.signersByKey()
	out := []RoleSummary{}
	for _, name := range c.summarised() {
		if row, differs := c.summarise(name); differs {
			out = append(out, row)
		}
	}
	return out
}

// summarised are the roles that the repository has or will have: those that lead to
// others first, and last what is signed when the others are.
func (c *compiler) summarised() []model.RoleName {
	out := []model.RoleName{model.RoleRoot, model.RoleTargets}
	known := map[model.RoleName]bool{}
	add := func(name model.RoleName) {
		if name.Delegation() && !known[name] {
			known[name] = true
			out = append(out, name)
		}
	}
	if r := c.request.Repository; r != nil {
		for i := range r.Roles {
			add(r.Roles[i].Name)
		}
	}
	for _, from := range c.author.draft.Rewritten() {
		if file := c.author.draft.After(from); file != nil && from.HoldsTargets() {
			for _, edge := range file.Roles {
				add(edge.Name)
			}
		}
	}
	return append(out, model.RoleSnapshot, model.RoleTimestamp)
}

// summarise compares one role, and tells whether it differs.
func (c *compiler) summarise(name model.RoleName) (row RoleSummary, differs bool) {
	row = RoleSummary{Role: name, Difference: Changed, Edges: c.edges(name)}
	now := c.author.roles[name]
	if now != nil {
		row.VersionBefore, row.ExpiresBefore = now.Version, now.Expires.UTC()
	}
	reached := c.author.draft.Reached(name)
	if reached {
		row.VersionAfter, row.ExpiresAfter = row.VersionBefore, row.ExpiresBefore
		if file := c.author.draft.Before(name); name.Delegation() && file != nil { // readers find it even where no snapshot lists it
			row.VersionAfter, row.ExpiresAfter = file.Version, file.Expires.UTC()
		}
	}
	for _, r := range c.out.Rewrites {
		if r.Role != name {
			continue
		}
		row.VersionAfter, row.ExpiresAfter, row.Signer = r.To, r.ExpiresAfter, r.Signer
		if r.Signer != SignedHere { // as the plan states it, wherever it is applied
			row.VersionBefore, row.ExpiresBefore = r.From, r.ExpiresBefore
		}
	}
	switch {
	case now == nil && reached:
		row.Difference, differs = Added, true
	case now != nil && !reached:
		row.Difference, differs = Removed, true
	case now == nil:
	default:
		differs = row.Signer != "" || row.VersionBefore != row.VersionAfter ||
			slices.ContainsFunc(row.Edges, func(e EdgeSummary) bool { return e.Difference != Kept })
	}
	return row, differs
}

// edges compares the delegations to a role.
func (c *compiler) edges(name model.RoleName) []EdgeSummary {
	draft := c.author.draft
	var before, after []model.Delegation
	if now := c.author.roles[name]; now != nil {
		before = now.Parents
	}
	for _, from := range draft.Delegators(name) {
		if edge, ok := draft.Delegated(from, name); ok && draft.Reached(from) {
			after = append(after, edge)
		}
	}
	out := []EdgeSummary{}
	from := func(role model.RoleName) func(model.Delegation) bool {
		return func(d model.Delegation) bool { return d.From == role }
	}
	for _, was := range before {
		if i := slices.IndexFunc(after, from(was.From)); i >= 0 {
			out = append(out, c.edge(&was, &after[i]))
		} else {
			out = append(out, c.edge(&was, nil))
		}
	}
	for _, will := range after {
		if !slices.ContainsFunc(before, from(will.From)) {
			out = append(out, c.edge(nil, &will))
		}
	}
	return out
}

// edge compares what one delegator says of a role; nil is nothing.
func (c *compiler) edge(was, will *model.Delegation) EdgeSummary {
	var before, after []KeySummary
	if was != nil {
		before = c.keysOf(c.author.draft.Before(was.From), was.KeyIDs)
	}
	if will != nil {
		after = c.keysOf(c.author.draft.After(will.From), will.KeyIDs)
	}
	return CompareEdge(was, will, before, after)
}

// CompareEdge compares what one delegator says of a role, now and afterwards, with the keys of
// each in listed order; nil is nothing. The Difference of the keys is not looked at.
func CompareEdge(was, will *model.Delegation, before, after []KeySummary) EdgeSummary {
	out := EdgeSummary{Difference: Kept, Keys: []KeySummary{}}
	if was != nil {
		out.From, out.ThresholdBefore = was.From, was.Threshold
	}
	if will != nil {
		out.From, out.ThresholdAfter = will.From, will.Threshold
	}
	out.Keys = append(out.Keys, compareKeys(before, after)...)
	paths := pathsOf(was, will, &out)
	switch {
	case was == nil:
		out.Difference = Added
	case will == nil:
		out.Difference = Removed
	case paths, was.Threshold != will.Threshold, slices.ContainsFunc(out.Keys, func(k KeySummary) bool { return k.Difference != Kept }):
		out.Difference = Changed
	}
	return out
}

// pathsOf compares the paths of an edge, and reports whether they change.
func pathsOf(was, will *model.Delegation, out *EdgeSummary) bool {
	var before, after []string
	if was != nil {
		before = was.Paths
	}
	if will != nil {
		after = will.Paths
	}
	if slices.Equal(before, after) {
		return false
	}
	out.PathsBefore, out.PathsAfter = before, after
	return true
}

// compareKeys tells which keys stay, are listed under another ID, go and come.
func compareKeys(before, after []KeySummary) []KeySummary {
	var out []KeySummary
	for _, k := range before {
		i := slices.IndexFunc(after, func(a KeySummary) bool { return a.Listed == k.Listed })
		k.Difference = Kept
		if i < 0 {
			i = slices.IndexFunc(after, func(a KeySummary) bool {
				return a.ID != "" && a.ID == k.ID && !slices.ContainsFunc(before, func(b KeySummary) bool { return b.Listed == a.Listed })
			})
			k.Difference = Changed
		}
		if i < 0 {
			k.Difference = Removed
		} else {
			k.Listed, after = after[i].Listed, slices.Delete(slices.Clone(after), i, i+1)
		}
		out = append(out, k)
	}
	for _, k := range after {
		k.Difference = Added
		out = append(out, k)
	}
	return out
}

// keysOf names the keys that a file lists under some IDs.
func (c *compiler) keysOf(file *model.Metadata, ids []model.KeyID) []KeySummary {
	var out []KeySummary
	for _, id := range ids {
		out = append(out, c.keySummary(file, id))
	}
	return out
}

func (c *compiler) keySummary(file *model.Metadata, id model.KeyID) KeySummary {
	out := KeySummary{Listed: id, ID: id}
	for _, m := range c.author.makes {
		if m.Symbol == id {
			out.ID = m.ID
			if m.ID == "" {
				out.Name = m.Name
				return out
			}
		}
	}
	if file != nil && out.ID == id {
		if key := file.Key(id); key != nil {
			out.ID, out.Name = c.author.id(*key), key.Holder
		}
	}
	if names := c.signers[out.ID]; len(names) > 0 {
		out.Name = strings.Join(names, " and ")
	}
	return out
}

// signersByKey names, by canonical ID, the signers whose own role a key may sign, now or
// afterwards.
func (c *compiler) signersByKey() map[model.KeyID][]string {
	out := map[model.KeyID][]string{}
	add := func(name string, id model.KeyID) {
		if !slices.Contains(out[id], name) {
			out[id] = append(out[id], name)
		}
	}
	for _, role := range c.summarised() {
		name, ok := c.request.Dialect.SignerOf(role)
		if !ok {
			continue
		}
		if now := c.author.roles[role]; now != nil {
			for _, id := range now.Keys {
				add(name, id)
			}
		}
		for _, key := range c.author.draft.Listed(role) {
			add(name, c.author.id(key))
		}
	}
	return out
}
