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
			tell("key %s can sign nothing more that %s accepts", id.Short(), c.request.Dialect.Words().Pull)
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
			tell("%s can sign nothing more with key %s, and goes on with the others", r.Name, id.Short())
		}
		c.forNow(tell)
		return
	}
	tell("%s can sign nothing more that a client accepts which has read the new targets", r.Name)
	c.forNow(tell)
	if tags := c.stay(role); len(tags) > 0 {
		tell("%s still finds what %s has signed, %s: %s; sign anew or revoke what is in doubt", c.request.Dialect.Words().Pull, r.Name, model.Count(len(tags), "tag"), some(tags))
	}
	under := map[model.RoleName]bool{role.Name: true}
	for i := range c.request.Repository.Roles {
		below := &c.request.Repository.Roles[i]
		// Another role may delegate to it too.
		if below.Name.Delegation() && under[below.Parent()] && !c.author.draft.Reached(below.Name) {
			under[below.Name] = true
			tell("%s goes with %s", below.Name, role.Name)
		}
	}
	c.stillListed(r.Name, role, i)
	c.lastSigner(r.Name, i)
}

// forNow says how long what is replaced can still be shown.
func (c *compiler) forNow(tell func(string, ...any)) {
	if end := c.expires(c.request.Repository.Role(model.RoleTimestamp)); !end.IsZero() {
		tell("whoever can show clients the files of today can do so until the timestamp of today ends on %s", day(end))
	}
}

// stay lists the names that clients find in the end as a signer has signed them.
func (c *compiler) stay(role *model.Role) []string {
	visible := c.visible(true)
	var out []string
	for _, t := range role.Targets {
		if found, ok := visible[t.Name]; ok && bytes.Equal(found.Hashes.SHA256, t.Hashes.SHA256) {
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
			what := "may still sign there"
			if c.author.shared(role.Name, id) && slices.ContainsFunc(shared, func(edge model.Delegation) bool { return edge.Name == other }) {
				what = "stays there because another signer has it too"
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
		i.Warnings = append(i.Warnings, fmt.Sprintf("%s is the last signer: from then on tags are signed with the targets key alone", name))
	}
	for _, edge := range c.request.Dialect.Shared() {
		if _, stays := c.author.draft.Delegated(edge.From, edge.Name); stays || c.request.Repository.Role(edge.Name) == nil {
			continue
		}
		text := fmt.Sprintf("%s goes too, for none of its keys is left", edge.Name)
		if _, lost := c.tags(); len(lost) > 0 {
			text += fmt.Sprintf("; %s no longer finds %s: %s", c.request.Dialect.Words().Pull, model.Count(len(lost), "tag"), some(lost))
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
		i.Fresh = fmt.Sprintf("trusts root %d at first use; one that pins a certificate of the root before must pin the new one first", root.Version)
		i.Current = fmt.Sprintf("takes root %d without a question, for the keys of root %d have signed it too", root.Version, root.Version-1)
		i.Outdated = "takes it too, walking the roots that it has missed one by one"
		if len(c.author.replaced) > 0 {
			tell("whoever holds only root keys that are replaced can no longer decide who may sign")
		} else {
			tell("the root keys stay, under new certificates")
		}
		i.Irreversible = append(i.Irreversible, fmt.Sprintf("clients that have seen root %d never go back: without its keys nobody can change who may sign; keep a copy of them", root.Version))
		c.certificates(i)
	case model.RoleTargets:
		tell("whoever signs tags or names signers with the targets key from before needs the new one from then on")
		tell("delegations and their signatures stay as they are")
	case model.RoleSnapshot:
		if c.out.OwnSnapshot {
			i.Warnings = append(i.Warnings, "whoever publishes needs the snapshot key from then on: signers who do not have it can publish nothing")
		} else {
			tell("the server signs the snapshot from then on: signers can publish without a snapshot key")
		}
	case model.RoleTimestamp:
		tell("nobody but the server needs the new timestamp key")
	default:
		tell("whoever holds only a key that is replaced can sign nothing more in %s", r.Role)
	}
}

// settled says what becomes of the files of delegations that the changes touch, and which
// delegations clients do not accept.
func (c *compiler) settled(i *Impact) {
	beware := func(format string, args ...any) { i.Warnings = append(i.Warnings, fmt.Sprintf(format, args...)) }
	for _, s := range c.out.Settled {
		switch {
		case s.Returns && s.Action == LeavePending:
			beware("%s %d, which the server still has, is signed with a key that %s gets: clients find its %s again%s", s.Role, s.Version, s.Role, model.Count(len(s.Tags), "tag"), listing(s.Tags))
		case s.Action == LeavePending, s.Action == Resign:
		default:
			beware("%s %d, which the server has, is replaced by a fresh file, which %s", s.Role, s.Version, keeps(s))
		}
		if s.Action == Join {
			i.Others = append(i.Others, fmt.Sprintf("key %s may sign %s from then on, until you remove it from the role", c.author.allow.JoinKey.Short(), s.Role))
		}
	}
	for _, p := range c.out.Pending {
		if p.Before {
			beware("%s stays unusable, as it is now: %s", p.Role, p.Problem)
			continue
		}
		text := fmt.Sprintf("%s is pending: no client accepts it until it is signed with %s", p.Role, keyNames(p.Quorum.Keys))
		if f := c.author.draft.Before(p.Role); f != nil && len(f.Targets) > 0 {
			text += fmt.Sprintf("; until then it lacks %s", model.Count(len(f.Targets), "tag"))
		}
		beware("%s", text)
	}
}

// keeps says which tags a fresh file takes over, and which not.
func keeps(s Settlement) string {
	dropped := slices.DeleteFunc(slices.Clone(s.Tags), func(tag string) bool { return slices.Contains(s.Kept, tag) })
	switch {
	case len(dropped) == 0:
		return fmt.Sprintf("keeps its %s", model.Count(len(s.Kept), "tag"))
	case len(s.Kept) == 0:
		return fmt.Sprintf("drops its %s: %s", model.Count(len(dropped), "tag"), some(dropped))
	default:
		return fmt.Sprintf("keeps %s: %s, and drops %s: %s", model.Count(len(s.Kept), "tag"), some(s.Kept), model.Count(len(dropped), "tag"), some(dropped))
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
