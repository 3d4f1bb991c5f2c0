package plan

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"slices"

	"trustdeck/model"
	"trustdeck/model/dialect"
)

// Action says what a plan does about the file of a delegation.
type Action string

// The actions.
const (
	// Resign: a new version with the same contents is signed.
	Resign Action = "resign"
	// Replace: a fresh file is signed, with the tags that it keeps.
	Replace Action = "replace"
	// Join: a key of this machine joins the role, and signs a fresh file.
	Join Action = "join"
	// LeavePending: nothing is signed; the role waits for its signers.
	LeavePending Action = "pending"
)

// Settlement is what happens to a delegation whose published file clients would not
// accept once the part is applied, or would accept although they do not find it now.
type Settlement struct {
	Role   model.RoleName `json:"role"`
	Action Action         `json:"action"`
	// Version of the file that is published.
	Version int64 `json:"version"`
	// Asked is true where no key of this machine can sign the role, so that
	// model.AllowUnsigned decides. Open is true where it does not: the part waits for
	// the keys of the role.
	Asked bool `json:"asked,omitempty"`
	Open  bool `json:"open,omitempty"`
	// Tags are those of the published file, sorted; Kept those that the fresh file
	// takes over.
	Tags []string `json:"tags,omitempty"`
	Kept []string `json:"kept,omitempty"`
	// Returns is true where clients do not accept the published file now, and will
	// unless a fresh one replaces it: the keys that the role gets have signed it.
	Returns bool `json:"returns,omitempty"`
}

// Named lists the delegations that changes name anew. The server may still have a file of
// one that was removed before: Request.Leftovers.
func Named(d dialect.Conventions, r *model.Repository, changes []model.Change) []model.RoleName {
	var out []model.RoleName
	name := func(role model.RoleName) {
		if role.Delegation() && r.Role(role) == nil && !slices.Contains(out, role) {
			out = append(out, role)
		}
	}
	for _, change := range changes {
		switch change := change.(type) {
		case model.AddDelegation:
			name(change.Role)
		case model.AddSigner:
			edges, err := d.SignerEdges(change.Name)
			if err != nil {
				edges = d.Shared()
			}
			for _, edge := range edges {
				name(edge.Name)
			}
		}
	}
	return out
}

// leftoverBase lists the leftover files that a plan is computed from, by role.
func leftoverBase(d dialect.Reader, leftovers map[model.RoleName][]byte) []BaseFile {
	var out []BaseFile
	for _, role := range slices.Sorted(maps.Keys(leftovers)) {
		sum := sha256.Sum256(leftovers[role])
		base := BaseFile{Role: role, SHA256: hex.EncodeToString(sum[:])}
		if f, err := d.Parse(role, leftovers[role]); err == nil {
			base.Version = f.Version
		}
		out = append(out, base)
	}
	return out
}

// find has the draft know of leftover files. One above which nothing can be written is
// refused once a change names its role.
func (a *builder) find(leftovers map[model.RoleName][]byte) {
	for role, raw := range leftovers {
		if err := a.draft.Found(role, raw); err != nil {
			a.unusable[role] = err
		}
	}
}

// touch notes that a delegation is named, or has other keys.
func (a *builder) touch(role model.RoleName) {
	if !slices.Contains(a.touched, role) {
		a.touched = append(a.touched, role)
	}
}

// resignAffected decides, once all changes are made, about the file of each delegation that they
// touch.
func (a *builder) resignAffected() error {
	for _, role := range a.touched {
		if len(a.draft.Delegators(role)) == 0 {
			continue
		}
		if err := a.unusable[role]; err != nil {
			return a.fault("Ask the operator of the server to remove it.", "%v", err)
		}
		s, needed := a.settlement(role)
		if !needed {
			continue
		}
		if s.Action != Resign && s.Action != LeavePending && a.delegates[role] {
			return a.fault("Do one after the other.", "%s is to delegate to others, and its file is to be replaced", role)
		}
		a.carryOut(&s)
		a.settled = append(a.settled, s)
	}
	return nil
}

// settles reports whether the plan decides about the file of a role.
func (a *builder) settles(role model.RoleName) bool {
	return slices.ContainsFunc(a.settled, func(s Settlement) bool { return s.Role == role })
}

// open reports whether a role waits for its keys because nobody has decided otherwise.
func (a *builder) open(role model.RoleName) bool {
	return slices.ContainsFunc(a.settled, func(s Settlement) bool { return s.Role == role && s.Open })
}

// settlement says what must happen to the file of a role; needed is false where it can
// stay as it is. What clients accept now goes on with the same contents; what they do not
// is replaced, so that no change brings tags back that nobody has chosen.
func (a *builder) settlement(role model.RoleName) (s Settlement, needed bool) {
	file := a.draft.Before(role)
	if file == nil {
		return s, false
	}
	s = Settlement{Role: role, Version: file.Version}
	for _, t := range file.Targets {
		s.Tags = append(s.Tags, t.Name)
	}
	was := a.repository.Role(role)
	accepted, stands := was != nil && was.State == model.RoleVerified, a.draft.Stands(role)
	left := slices.Contains(a.allow.Pending, role)
	switch fresh := slices.Contains(a.fresh, role); {
	case fresh && !left || !accepted:
		s.Action = Replace
		s.Returns = !accepted && stands && (a.draft.Lists(role) || a.draft.OwnSnapshot())
	case stands:
		return s, false
	default:
		s.Action = Resign
	}
	switch {
	case left && slices.Contains(a.draft.Rewritten(), role):
		s.Action, s.Returns = Resign, false // another change rewrites it, such as a renewal
	case left:
		s.Action = LeavePending
	case slices.Contains(a.allow.Join, role):
		s.Action = Join
	}
	return s, true
}

// carryOut changes the draft by a settlement.
func (a *builder) carryOut(s *Settlement) {
	if s.Action == Join {
		a.join(s.Role)
	}
	switch s.Action {
	case LeavePending:
		a.draft.Relist(s.Role)
	case Resign:
		a.draft.Bump(s.Role)
		a.addReason(s.Role, "%s", a.unsettled(s.Role))
	case Replace, Join:
		s.Kept = nil
		for _, tag := range s.Tags {
			if slices.Contains(a.allow.KeepTags, tag) {
				s.Kept = append(s.Kept, tag)
			}
		}
		a.draft.Restart(s.Role, slices.Concat(s.Kept, a.addedTo(s.Role)))
		a.addReason(s.Role, "to replace version %d, which the server has", s.Version)
	}
}

// unsettled says why a file that clients accept now does not stand any more.
func (a *builder) unsettled(role model.RoleName) string {
	for _, from := range a.draft.Delegators(role) {
		edge, _ := a.draft.Delegated(from, role)
		if was := a.repository.Role(role); was != nil && edge.Threshold > int64(was.Threshold) {
			return "because more of its keys must sign it now"
		}
	}
	return "because the keys that signed it are no longer authorised"
}

// weigh says of each settlement whether a key of this machine can carry it out, and whether
// the old file would return: both are circumstances.
func (c *compiler) weigh() {
	for i := range c.author.settled {
		s := &c.author.settled[i]
		s.Asked = !c.signable(s)
		s.Open = s.Asked && (s.Action == Replace || s.Action == Resign)
		s.Returns = s.Returns && !c.ended(c.author.draft.Before(s.Role))
	}
}

// signable reports whether enough keys of a role can sign it here, but for one that joins.
func (c *compiler) signable(s *Settlement) bool {
	for _, quorum := range c.author.draft.Quorums(s.Role) {
		n := 0
		for _, k := range quorum.Keys {
			key := c.key(k)
			joins := s.Action == Join && c.author.id(k) == c.author.allow.JoinKey
			if !joins && key.Place != PlaceUnknown {
				n++
			}
		}
		if n < quorum.Threshold {
			return false
		}
	}
	return true
}

// join names the key of AllowUnsigned for a role, beside those that it has.
func (a *builder) join(role model.RoleName) {
	id := a.allow.JoinKey
	key, known := a.listedAs(id)
	if !known {
		key = a.keys(role, []model.KeyChoice{{Source: model.KeyHere, ID: id}})[0]
	}
	from := a.draft.Delegators(role)[0]
	edge, _ := a.draft.Delegated(from, role)
	a.draft.Delegate(edge, key)
	a.addReason(from, "to add key %s to %s", id.Short(), role)
}

// listedAs finds a key of this machine as targets or a delegation lists it, or as this
// plan names it already.
func (a *builder) listedAs(id model.KeyID) (model.PublicKey, bool) {
	roles := []model.RoleName{model.RoleTargets}
	for _, role := range a.repository.Roles {
		if role.Name.Delegation() {
			roles = append(roles, role.Name)
		}
	}
	for _, role := range append(roles, a.touched...) {
		for _, k := range a.draft.Listed(role) {
			if a.id(k) == id {
				return k, true
			}
		}
	}
	return model.PublicKey{}, false
}
