package plan

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"trustdeck/model"
)

// some names the first of many.
func some(names []string) string {
	const most = 5
	if len(names) > most {
		return strings.Join(names[:most], ", ") + fmt.Sprintf(" and %d more", len(names)-most)
	}
	return strings.Join(names, ", ")
}

// removed says what somebody who is no signer any more could still do.
func (c *compiler) removed(r model.RemoveSigner, i *Impact) {
	tell := func(format string, args ...any) { i.Others = append(i.Others, fmt.Sprintf(format, args...)) }
	if r.Name == "" {
		for _, id := range r.Keys {
			tell("%s no longer accepts anything signed with key %s", c.request.Dialect.Words().Pull, id.Short())
		}
		c.forNow(tell)
		return
	}
	edges, err := c.request.Dialect.SignerEdges(r.Name)
	if err != nil {
		return
	}
	own := edges[0]
	role := c.request.Repository.Role(own.Name)
	if role == nil {
		return
	}
	if _, stays := c.author.draft.Delegated(own.From, own.Name); stays {
		for _, id := range r.Keys {
			tell("%s can no longer sign with key %s, but keeps the other keys", r.Name, id.Short())
		}
		c.forNow(tell)
		return
	}
	tell("%s can no longer sign: clients refuse it once they have the new targets", r.Name)
	c.forNow(tell)
	if tags := c.stay(role); len(tags) > 0 {
		tell("%s still sees what %s signed, %s: %s; re-sign or revoke any that you don't trust", c.request.Dialect.Words().Pull, r.Name, c.targets(len(tags), ""), some(tags))
	}
	under := map[model.RoleName]bool{role.Name: true}
	for i := range c.request.Repository.Roles {
		below := &c.request.Repository.Roles[i]
		// Another role may delegate to it too.
		if below.Name.Delegation() && under[below.Parent()] && !c.author.draft.Reached(below.Name) {
			under[below.Name] = true
			tell("%s is removed with %s", below.Name, role.Name)
		}
	}
	c.stillListed(r.Name, role, i)
	c.lastSigner(r.Name, i)
}

// forNow says how long what is replaced can still be shown.
func (c *compiler) forNow(tell func(string, ...any)) {
	if end := c.expires(c.request.Repository.Role(model.RoleTimestamp)); !end.IsZero() {
		tell("an attacker between clients and server can keep serving today's files until today's timestamp expires on %s", day(end))
	}
}

// stay lists the names that clients find in the end as a signer has signed them.
func (c *compiler) stay(role *model.Role) []string {
	visible := c.visible(true)
	var out []string
	for _, t := range role.Targets {
		if found, ok := visible.find(t.Name); ok && bytes.Equal(found.Hashes.SHA256, t.Hashes.SHA256) {
			out = append(out, t.Name)
		}
	}
	return out
}

// stillListed warns where a key of a signer who is removed may sign elsewhere.
func (c *compiler) stillListed(name string, role *model.Role, i *Impact) {
	shared := c.request.Dialect.Shared()
	for _, id := range role.Keys {
		for _, other := range c.author.listings(id) {
			what := "can still sign there"
			if c.author.shared(role.Name, id) && slices.ContainsFunc(shared, func(edge model.Delegation) bool { return edge.Name == other }) {
				what = "stays there because another signer also has it"
			}
			i.Warnings = append(i.Warnings, fmt.Sprintf("key %s of %s is also listed in %s, and %s", id.Short(), name, other, what))
		}
	}
}

// lastSigner warns where nobody is left, and where a role goes that all signers signed.
func (c *compiler) lastSigner(name string, i *Impact) {
	signers := slices.ContainsFunc(c.author.draft.After(model.RoleTargets).Roles, func(edge model.Delegation) bool {
		_, signer := c.request.Dialect.SignerOf(edge.Name)
		return signer
	})
	if !signers {
		i.Warnings = append(i.Warnings, fmt.Sprintf("%s is the last signer; without signers, only the targets key signs %s", name, c.request.Dialect.Words().Targets()))
	}
	for _, edge := range c.request.Dialect.Shared() {
		if _, stays := c.author.draft.Delegated(edge.From, edge.Name); stays || c.request.Repository.Role(edge.Name) == nil {
			continue
		}
		text := fmt.Sprintf("%s is removed too: it has no keys left", edge.Name)
		if _, lost, _ := c.visible(false).compare(c.visible(true)); len(lost) > 0 {
			text += fmt.Sprintf("; %s no longer sees %s: %s", c.request.Dialect.Words().Pull, c.targets(len(lost), ""), some(lost))
		}
		i.Warnings = append(i.Warnings, text)
	}
}

// rotated says what other keys mean to others.
func (c *compiler) rotated(r model.RotateKey, i *Impact) {
	tell := func(format string, args ...any) { i.Others = append(i.Others, fmt.Sprintf(format, args...)) }
	switch r.Role {
	case model.RoleRoot:
		root := c.author.draft.After(model.RoleRoot)
		i.Fresh = fmt.Sprintf("trusts root %d on first use", root.Version)
		if c.request.Dialect.Certifies() {
			i.Fresh += "; a client that pins a certificate of the old root must pin the new one first"
		}
		i.Current = fmt.Sprintf("accepts root %d without asking, because the keys of root %d have also signed it", root.Version, root.Version-1)
		i.Outdated = "accepts it too, after verifying each root it missed"
		switch {
		case len(c.author.replaced) > 0:
			tell("holders of only replaced root keys can no longer decide who may sign")
		case c.request.Dialect.Certifies():
			tell("the root keys stay, with new certificates")
		}
		i.Irreversible = append(i.Irreversible, fmt.Sprintf("clients that have seen root %d never go back; without its keys, no one can change who may sign, so back them up", root.Version))
		c.certificates(i)
	case model.RoleTargets:
		if len(c.author.replaced) == 0 {
			tell("holders of the keys that %s has can still sign it", r.Role)
			return
		}
		if root := c.author.draft.Before(model.RoleRoot); root != nil && len(root.Delegation(model.RoleTargets).KeyIDs) > 1 {
			tell("holders of only replaced keys can no longer sign %s", r.Role)
			return
		}
		tell("anyone who signs %s or adds signers with the old targets key now needs the new one", c.request.Dialect.Words().Targets())
		tell("delegations and their signatures don't change")
	case model.RoleSnapshot:
		if c.out.OwnSnapshot {
			i.Warnings = append(i.Warnings, "everyone who publishes now needs the snapshot key; signers without it can't publish")
		} else {
			tell("the server now signs the snapshot, so signers can publish without a snapshot key")
		}
	case model.RoleTimestamp:
		if c.author.served(model.RoleTimestamp) {
			tell("only the server needs the new timestamp key")
		} else {
			tell("everyone who publishes needs the new timestamp key")
		}
	default:
		tell("holders of only replaced keys can no longer sign %s", r.Role)
	}
}

// settled says what becomes of the files of delegations that the changes touch, and which
// delegations clients do not accept.
func (c *compiler) settled(i *Impact) {
	beware := func(format string, args ...any) { i.Warnings = append(i.Warnings, fmt.Sprintf(format, args...)) }
	for _, s := range c.out.Settled {
		switch {
		case s.Returns && s.Action == LeavePending:
			beware("%s %d, which the server still has, is signed with a key being added to %s; clients see its %s again%s", s.Role, s.Version, s.Role, c.targets(len(s.Tags), ""), listing(s.Tags))
		case s.Action == LeavePending, s.Action == Resign:
		default:
			beware("%s %d, which the server has, is replaced with a new file, which %s", s.Role, s.Version, c.keeps(s))
		}
		if s.Action == Join {
			i.Others = append(i.Others, fmt.Sprintf("key %s may sign %s until you remove it from the role", c.author.allow.JoinKey.Short(), s.Role))
		}
	}
	for _, p := range c.out.Pending {
		if p.Before {
			beware("%s is still unusable: %s", p.Role, p.Problem)
			continue
		}
		if _, ok := c.author.draft.Signed(p.Role); ok {
			continue // as before
		}
		text := fmt.Sprintf("%s is pending: clients refuse it until it is signed with %s", p.Role, keyNames(p.Quorum.Keys))
		if f := c.author.draft.Before(p.Role); f != nil && len(f.Targets) > 0 {
			text += fmt.Sprintf("; until then it lacks %s", c.targets(len(f.Targets), ""))
		}
		beware("%s", text)
	}
}

// keeps says which targets a fresh file takes over, and which not.
func (c *compiler) keeps(s Settlement) string {
	dropped := slices.DeleteFunc(slices.Clone(s.Tags), func(tag string) bool { return slices.Contains(s.Kept, tag) })
	switch {
	case len(dropped) == 0:
		return fmt.Sprintf("keeps its %s", c.targets(len(s.Kept), ""))
	case len(s.Kept) == 0:
		return fmt.Sprintf("drops its %s: %s", c.targets(len(dropped), ""), some(dropped))
	default:
		return fmt.Sprintf("keeps %s: %s, and drops %s: %s", c.targets(len(s.Kept), ""), some(s.Kept), c.targets(len(dropped), ""), some(dropped))
	}
}

// listing lists the first of some names, after a colon; none are nothing.
func listing(names []string) string {
	if len(names) == 0 {
		return ""
	}
	return ": " + some(names)
}

func keyNames(keys []Key) string {
	var names []string
	for _, k := range keys {
		names = append(names, k.Name)
	}
	return strings.Join(names, " or ")
}
