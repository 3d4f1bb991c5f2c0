package plan

import (
	"fmt"
	"slices"
	"strings"

	"trustdeck/model"
	"trustdeck/model/dialect"
)

// delegated says what clients make of a delegation that is made or changed. keyed is true
// where it gets keys.
func (c *compiler) delegated(role model.RoleName, keyed bool, i *Impact) {
	d := c.request.Dialect
	words := d.Words()
	shared := slices.ContainsFunc(d.Shared(), func(edge model.Delegation) bool { return edge.Name == role })
	searched := d.Searched()
	if !shared && len(searched) > 0 {
		i.Others = append(i.Others, fmt.Sprintf("%s looks only in %s, so what only %s lists is for other clients",
			words.Pull, strings.Join(model.Retype[string](searched), " and "), role))
	}
	switch name, signer := d.SignerOf(role); {
	case !keyed:
	case shared:
		i.Others = append(i.Others, fmt.Sprintf("each holder of a key of %s can publish %s that %s accepts, within its paths", role, words.Targets(), words.Pull))
		for _, k := range c.unclaimed(role) {
			i.Warnings = append(i.Warnings, fmt.Sprintf("key %s of %s belongs to no signer; to name its holder, add a signer instead", k.Short(), role))
		}
	case signer && dialect.SharedRole(d) != "":
		for _, edge := range d.Shared() {
			if c.lacks(edge.Name, role) {
				i.Warnings = append(i.Warnings, fmt.Sprintf("a key of %s is not in %s, so %s doesn't find what %s signs with it; to publish %s, add a signer instead",
					role, edge.Name, words.Pull, name, words.Targets()))
			}
		}
	}
}

// unclaimed are the keys of a shared role that no signer's own role lists and that it did
// not have before.
func (c *compiler) unclaimed(role model.RoleName) []model.KeyID {
	var out []model.KeyID
	for _, k := range c.author.draft.Listed(role) {
		id := c.author.id(k)
		if was := c.request.Repository.Role(role); was != nil && slices.Contains(was.Keys, id) {
			continue
		}
		if !c.author.shared("", id) {
			out = append(out, id)
		}
	}
	return out
}

// lacks reports whether a shared role misses a key of a signer's own role.
func (c *compiler) lacks(shared, own model.RoleName) bool {
	have := c.author.draft.Listed(shared)
	return slices.ContainsFunc(c.author.draft.Listed(own), func(k model.PublicKey) bool { return !c.author.holds(have, c.author.id(k)) })
}

// lessKeys says what keys can still do that a delegation loses.
func (c *compiler) lessKeys(e model.EditDelegation, i *Impact) {
	if len(e.RemoveKeys) == 0 {
		return
	}
	tell := func(format string, args ...any) { i.Others = append(i.Others, fmt.Sprintf(format, args...)) }
	for _, id := range e.RemoveKeys {
		tell("key %s can no longer sign %s", id.Short(), e.Role)
		c.elsewhere(id, i)
	}
	c.forNow(tell)
}

// elsewhere warns where a key that a role loses may sign other roles.
func (c *compiler) elsewhere(id model.KeyID, i *Impact) {
	if others := c.author.listings(id); len(others) > 0 {
		i.Warnings = append(i.Warnings, fmt.Sprintf("key %s can still sign %s", id.Short(), strings.Join(model.Retype[string](others), ", ")))
	}
}

// undelegated says what goes with a delegation, and what stays.
func (c *compiler) undelegated(r model.RemoveDelegation, i *Impact) {
	tell := func(format string, args ...any) { i.Others = append(i.Others, fmt.Sprintf(format, args...)) }
	draft := c.author.draft
	role := c.request.Repository.Role(r.Role)
	switch {
	case role == nil:
		return
	case draft.Reached(r.Role):
		tell("%s stays, because %s also delegates to it", r.Role, draft.Delegators(r.Role)[0])
		return
	}
	from := role.Parent()
	tell("%s is no longer delegated: clients refuse it once they have the new %s", r.Role, from)
	c.forNow(tell)
	var gone []string
	for j := range c.request.Repository.Roles {
		below := &c.request.Repository.Roles[j]
		if !below.Name.Delegation() || draft.Reached(below.Name) {
			continue
		}
		if below.Name != r.Role && c.below(below, r.Role) {
			tell("%s is removed with %s", below.Name, r.Role)
		}
		if below.Name == r.Role || c.below(below, r.Role) {
			for _, t := range below.Targets {
				if !slices.Contains(gone, t.Name) && !c.findable(t.Name) {
					gone = append(gone, t.Name)
				}
			}
		}
	}
	if slices.Sort(gone); len(gone) > 0 {
		tell("no role lists %s any longer: %s", c.targets(len(gone), ""), some(gone))
	}
	c.signerRemains(r.Role, role, i)
}

// below reports whether a role is reached through another one, by its first delegators.
func (c *compiler) below(role *model.Role, above model.RoleName) bool {
	return slices.Contains(c.request.Repository.Path(role.Name), above)
}

// findable reports whether a role that stays lists a target.
func (c *compiler) findable(name string) bool {
	for i := range c.request.Repository.Roles {
		role := &c.request.Repository.Roles[i]
		if !role.Name.HoldsTargets() || !c.author.draft.Reached(role.Name) {
			continue
		}
		f := c.author.draft.After(role.Name)
		if f == nil {
			continue
		}
		if _, found := slices.BinarySearchFunc(f.Targets, name, byName); found {
			return true
		}
	}
	return false
}

func byName(t model.Target, name string) int { return strings.Compare(t.Name, name) }

// signerRemains warns where the role of a signer goes, and its keys may still sign
// elsewhere.
func (c *compiler) signerRemains(name model.RoleName, role *model.Role, i *Impact) {
	d := c.request.Dialect
	if signer, ok := d.SignerOf(name); ok && dialect.SharedRole(d) != "" {
		c.stillListed(signer, role, i)
		return
	}
	for _, id := range role.Keys {
		c.elsewhere(id, i)
	}
}
