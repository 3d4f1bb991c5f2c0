package plan

import (
	"slices"

	"trustdeck/model"
	"trustdeck/model/quorum"
)

// QuorumChange is what it takes to publish a role, now and afterwards.
type QuorumChange struct {
	Role   model.RoleName `json:"role"`
	From   model.RoleName `json:"from"`
	Before QuorumState    `json:"before,omitzero"`
	After  QuorumState    `json:"after,omitzero"`
}

// QuorumState is how many keys must sign a role, of those that can.
type QuorumState struct {
	Threshold int `json:"threshold"`
	// Keys counts those whose signatures count: a key that is listed twice is one, and one
	// that makes no valid signature is none.
	Keys int `json:"keys"`
	// Spare is how many of them can be lost, whichever they are, and the role can still be
	// published.
	Spare int `json:"spare"`
}

// quorums compares what it takes to publish each role whose delegation was asked to change.
func (c *compiler) quorums() []QuorumChange {
	if !slices.ContainsFunc(c.request.Changes, ofDelegations) {
		return nil
	}
	var out []QuorumChange
	for _, row := range c.out.Summary {
		for _, e := range row.Edges {
			if row.Role == model.RoleSnapshot || e.Difference != Added && e.Difference != Changed {
				continue
			}
			q := QuorumChange{Role: row.Role, From: e.From, After: c.state(e.From, row.Role, c.author.draft.After(e.From))}
			if e.Difference == Changed {
				q.Before = c.state(e.From, row.Role, c.author.draft.Before(e.From))
			}
			if q.Before != q.After {
				out = append(out, q)
			}
		}
	}
	return out
}

// ofDelegations reports whether a change is one of a delegation or threshold.
func ofDelegations(change model.Change) bool {
	switch change.(type) {
	case model.AddDelegation, model.EditDelegation, model.RemoveDelegation, model.SetThreshold:
		return true
	default:
		return false
	}
}

// state is what a delegator's file asks for.
func (c *compiler) state(from, role model.RoleName, file *model.Metadata) QuorumState {
	edge := file.Delegation(role)
	if edge == nil {
		return QuorumState{}
	}
	named := *edge
	named.From = from
	return examine(c.author, role, []model.Delegation{named}, file.Keys)
}

// edgeTo is a delegation to keys of which one must sign.
func edgeTo(keys []model.PublicKey) model.Delegation {
	out := model.Delegation{From: model.RoleTargets, Threshold: 1}
	for _, k := range keys {
		out.KeyIDs = append(out.KeyIDs, k.ID)
	}
	return out
}

// examine works out what delegations to a role ask for. A key that is yet to be made counts.
func examine(a *builder, role model.RoleName, edges []model.Delegation, keys []model.PublicKey) QuorumState {
	r := &model.Repository{Roles: []model.Role{{Name: role, Parents: edges}}}
	for _, k := range keys {
		if !slices.ContainsFunc(edges, func(e model.Delegation) bool { return slices.Contains(e.KeyIDs, k.ID) }) {
			continue
		}
		described := a.dialect.Describe(k)
		if slices.ContainsFunc(a.makes, func(m NewKey) bool { return m.Symbol == k.ID }) {
			described = model.Key{ID: k.ID, ListedAs: []model.KeyID{k.ID}, SPKI: k.Public}
		}
		r.Keys = append(r.Keys, described)
	}
	q := quorum.Examine(r, quorum.Known{})[0]
	out := QuorumState{Spare: q.Spare}
	for _, g := range q.Groups {
		out.Threshold, out.Keys = max(out.Threshold, g.Threshold), len(g.Keys)
	}
	return out
}
