package change

import (
	"fmt"
	"slices"

	"trustdeck/model"
	"trustdeck/model/plan"
)

// checkRevoked checks of what was asked that those who were to lose a say have none. It
// does not look at what somebody else has published since.
func (p *Proof) checkRevoked(who string, before plan.Request, now *model.Repository) {
	if before.Repository == nil {
		return
	}
	for _, change := range before.Changes {
		switch change := change.(type) {
		case model.RemoveSigner:
			if !slices.Contains(p.Overtaken, model.RoleTargets) {
				p.checkSignerGone(who, change, before, now)
			}
		case model.RotateKey:
			for _, id := range replaced(change, before.Repository) {
				role, was := now.Role(change.Role), before.Repository.Role(change.Role)
				if was != nil && !slices.Contains(p.Overtaken, was.Parent()) && role != nil && slices.Contains(role.Keys, id) {
					p.Differs = append(p.Differs, fmt.Sprintf("%s still accepts key %s for %s", who, id.Short(), change.Role))
				}
			}
		case model.EditDelegation, model.RemoveDelegation, model.SetThreshold:
			p.checkEdge(who, change, before, now)
		}
	}
}

// checkEdge checks that a delegation or threshold that was to change is not as before.
func (p *Proof) checkEdge(who string, change model.Change, before plan.Request, now *model.Repository) {
	differs := func(format string, args ...any) {
		p.Differs = append(p.Differs, who+" still "+fmt.Sprintf(format, args...))
	}
	edge := func(name, from model.RoleName) *model.Delegation {
		was, is := before.Repository.Role(name), now.Role(name)
		if was == nil || is == nil {
			return nil
		}
		if from == "" {
			from = was.Parent()
		}
		i := slices.IndexFunc(is.Parents, func(d model.Delegation) bool { return d.From == from })
		if i < 0 || slices.Contains(p.Overtaken, from) {
			return nil
		}
		return &is.Parents[i]
	}
	switch c := change.(type) {
	case model.EditDelegation:
		is := edge(c.Role, c.From)
		for _, id := range c.RemoveKeys {
			if is != nil && slices.Contains(now.Role(c.Role).Keys, id) && slices.Contains(is.KeyIDs, listedAs(now.Role(c.Role), id)) {
				differs("accepts key %s for %s", id.Short(), c.Role)
			}
		}
	case model.RemoveDelegation:
		if edge(c.Role, c.From) != nil {
			differs("sees the delegation %s", c.Role)
		}
	case model.SetThreshold:
		if is := edge(c.Role, c.From); is != nil && is.Threshold != int64(c.Threshold) {
			differs("asks for %s of %s", model.Count(int(is.Threshold), "signature"), c.Role)
		}
	}
}

// listedAs is the ID under which a role lists a key.
func listedAs(role *model.Role, id model.KeyID) model.KeyID {
	if i := slices.Index(role.Keys, id); i >= 0 {
		return role.Listed[i]
	}
	return ""
}

// checkSignerGone checks that a signer, or those keys of one that were to go, are no longer found.
func (p *Proof) checkSignerGone(who string, r model.RemoveSigner, before plan.Request, now *model.Repository) {
	for _, edge := range removedFrom(before.Dialect, r) {
		role := now.Role(edge.Name)
		if role == nil || before.Repository.Role(edge.Name) == nil {
			continue
		}
		if len(r.Keys) == 0 {
			p.Differs = append(p.Differs, fmt.Sprintf("%s still sees the signer %s", who, r.Name))
		}
		for _, id := range r.Keys {
			if slices.Contains(role.Keys, id) {
				p.Differs = append(p.Differs, fmt.Sprintf("%s still sees key %s in %s", who, id.Short(), edge.Name))
			}
		}
	}
}

// replaced are the keys that a rotation takes a role from.
func replaced(r model.RotateKey, before *model.Repository) []model.KeyID {
	role := before.Role(r.Role)
	if role == nil {
		return nil
	}
	var out []model.KeyID
	for i, id := range role.Keys {
		stays := slices.ContainsFunc(r.Keys.Keys, func(c model.KeyChoice) bool {
			return c.Source == model.KeyHere && c.ID == id || c.Source == model.KeyGiven && (c.Public.ID == role.Listed[i] || c.Public.ID == id)
		})
		// A key that is replaced by itself stays.
		if !stays && (len(r.Replaced) == 0 || slices.Contains(r.Replaced, id)) {
			out = append(out, id)
		}
	}
	return out
}
