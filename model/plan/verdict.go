package plan

import (
	"fmt"
	"slices"
	"strings"

	"trustdeck/model"
	"trustdeck/model/dialect"
)

// need finds out where the keys of an authority are, and chooses those that sign:
// as many as are needed, and no more, for each may ask for a secret.
func (c *compiler) need(a dialect.Quorum) Quorum {
	out := Quorum{GrantedBy: fmt.Sprintf("%s %d", a.GrantedBy, a.Version), Threshold: a.Threshold}
	if a.Former {
		out.GrantedBy += ", being replaced"
	}
	chosen := 0
	for _, k := range a.Keys {
		key := c.key(k)
		if key.Place != PlaceUnknown && chosen < a.Threshold {
			key.Sign = true
			chosen++
		}
		out.Keys = append(out.Keys, key)
	}
	return out
}

func (c *compiler) key(k model.PublicKey) Key {
	out := Key{Listed: k.ID, Place: PlaceUnknown, Name: dialect.KeyName(c.request.Dialect, k)}
	for _, m := range c.author.makes {
		if m.Symbol != k.ID {
			continue
		}
		out.ID, out.Name, out.Place = m.ID, m.Name, PlaceHere
		if m.Source == model.KeyServer {
			out.Place = PlaceServer
		}
		if m.Source == model.KeyHere {
			if private, ok := c.find(m.ID); ok {
				out.Token = tokenOf(private)
			} else {
				out.Place = PlaceUnknown
			}
		}
		return out
	}
	out.ID = c.request.Dialect.CanonicalID(k)
	if private, ok := c.find(out.ID); ok {
		out.Place, out.Token = PlaceHere, tokenOf(private)
		out.Name = strings.TrimSpace(private.Label + " key " + out.ID.Short())
	}
	if holder := c.holder(out.ID); holder != "" {
		out.Name = "key " + out.ID.Short() + " of " + holder
	}
	return out
}

// holder is who has a key, as the metadata says; empty where it does not.
func (c *compiler) holder(id model.KeyID) string {
	if c.request.Repository == nil {
		return ""
	}
	key, _ := c.request.Repository.Key(id)
	return key.Holder
}

// legacy lists the keys of earlier roots that sign a new one beside those that must.
func (c *compiler) legacy(must []Quorum) []Quorum {
	listed := map[model.KeyID]bool{}
	for _, n := range must {
		for _, k := range n.Keys {
			listed[k.Listed] = true
		}
	}
	var out []Quorum
	for _, a := range c.author.legacy {
		n := Quorum{GrantedBy: fmt.Sprintf("root %d, for clients that still trust it", a.Version), Threshold: a.Threshold, Optional: true}
		for _, k := range a.Keys {
			if listed[k.ID] {
				continue
			}
			listed[k.ID] = true
			key := c.key(k)
			key.Sign = key.Place == PlaceHere
			n.Keys = append(n.Keys, key)
		}
		if len(n.Keys) > 0 {
			out = append(out, n)
		}
	}
	return out
}

// outgoing has the keys that signed a role before sign its new file as well, where they are here
// and enough of them are, so that no client fails that reads it while it is being published.
func (c *compiler) outgoing(role model.RoleName, must []Quorum) []Quorum {
	a := c.author.draft.Outgoing(role)
	if len(a.Keys) == 0 {
		return nil
	}
	signs := map[model.KeyID]bool{}
	for _, n := range must {
		for _, k := range n.Keys {
			signs[k.Listed] = signs[k.Listed] || k.Sign
		}
	}
	n := Quorum{GrantedBy: fmt.Sprintf("root %d, for clients that read it while it is being published", a.Version), Optional: true, Bridges: true}
	have := 0
	for _, k := range a.Keys {
		if signs[k.ID] {
			have++
		}
	}
	for _, k := range a.Keys {
		key := c.key(k)
		if key.Place == PlaceHere && !signs[k.ID] && have < a.Threshold {
			key.Sign = true
			n.Keys = append(n.Keys, key)
			have++
		}
	}
	if have < a.Threshold {
		return nil
	}
	c.bridged = append(c.bridged, role)
	if n.Threshold = len(n.Keys); n.Threshold == 0 {
		return nil // those that sign anyway are enough
	}
	return []Quorum{n}
}

// pending lists the delegations that clients will not accept once the part is applied:
// those that are left to their signers, and those that were no use before and are not
// touched.
func (c *compiler) pending() {
	for _, s := range c.author.settled {
		if s.Action == LeavePending && !s.Returns {
			c.wait(Pending{Role: s.Role})
		}
	}
	if c.request.Repository == nil {
		return
	}
	for i := range c.request.Repository.Roles {
		role := &c.request.Repository.Roles[i]
		if !role.Name.Delegation() || role.State == model.RoleUnpublished || !c.author.draft.Reached(role.Name) ||
			c.usable(role.Name) || c.author.settles(role.Name) {
			continue
		}
		c.wait(Pending{Role: role.Name, Before: true, Problem: worst(role)})
	}
}

// wait adds a delegation that waits for its keys.
func (c *compiler) wait(p Pending) {
	for _, a := range c.author.draft.Quorums(p.Role) {
		p.Quorum = c.need(a)
	}
	for i := range p.Quorum.Keys {
		p.Quorum.Keys[i].Sign = false
	}
	c.out.Pending = append(c.out.Pending, p)
}

// retire lists the keys that sign nothing of the repository any more and are to be
// removed, and says what that comes to on this machine.
func (c *compiler) retire() {
	local := &c.out.Local
	for _, r := range c.author.replaced {
		key := c.key(r.key)
		if c.author.lists(key.ID) || slices.ContainsFunc(c.out.Retire, func(k Key) bool { return k.ID == key.ID }) {
			continue
		}
		why := c.request.Keep[key.ID]
		switch {
		case !r.retire && key.Place == PlaceHere:
			local.Others = append(local.Others, key.Name+" stays on this machine, although it no longer signs this repository")
		case r.retire && key.Place != PlaceHere:
			local.Others = append(local.Others, key.Name+" is not on this machine, so there is nothing to remove")
		case r.retire && why != "":
			local.Warnings = append(local.Warnings, key.Name+" is not removed from this machine: "+why)
			local.keep = append(local.keep, key.ID)
		case r.retire:
			local.Irreversible = append(local.Irreversible, "once the change is verified, "+key.Name+" is removed from this machine; after that, it exists only in its backup")
		}
		if r.retire {
			c.out.Retire = append(c.out.Retire, key)
		}
	}
}

// signers is how many keys have signed for a quorum once the plan is applied, and the names of
// those that are elsewhere.
func (q *Quorum) signers() (have int, elsewhere []string) {
	for _, k := range q.Keys {
		if k.Sign || k.Signed {
			have++
		} else if k.Place == PlaceUnknown {
			elsewhere = append(elsewhere, k.Name)
		}
	}
	return have, elsewhere
}

func (c *compiler) verdict() Verdict {
	if Countersigns(c.request.Changes) {
		return c.countersigned()
	}
	var missing []string
	for _, r := range c.out.Rewrites {
		for _, n := range r.Needs {
			if n.Optional {
				continue
			}
			have, others := n.signers()
			switch {
			case have >= n.Threshold:
			case len(n.Keys) == 0 && c.author.open(r.Role):
				missing = append(missing, fmt.Sprintf("%s has no key that can sign it", r.Role))
			case have+len(others) < n.Threshold || len(n.Keys) == 0:
				return Verdict{Impossible, fmt.Sprintf("%s needs %s, but %s lists only %d", r.Role, model.Count(n.Threshold, "signature"), n.GrantedBy, len(n.Keys))}
			default:
				missing = append(missing, fmt.Sprintf("%s needs %s more, by %s", r.Role, model.Count(n.Threshold-have, "signature"), strings.Join(others, " or ")))
			}
		}
	}
	missing = slices.Compact(missing)
	if len(missing) > 0 {
		return Verdict{Waiting, "some keys are not on this machine: " + strings.Join(missing, "; ")}
	}
	if c.unsent() {
		return Verdict{Ready, "the server signs; you need no key"}
	}
	return Verdict{Ready, "every required key is available"}
}
