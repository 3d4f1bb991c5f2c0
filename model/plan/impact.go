package plan

import (
	"fmt"
	"slices"
	"strings"

	"trustdeck/model"
)

// impact says what others will see.
func (c *compiler) impact() Impact {
	var i Impact
	if c.request.Repository == nil {
		i.Fresh = "trusts the new root at first use; tell them its fingerprint, or pin it"
		i.Current = "there is none: the repository is new"
		i.Outdated = "a client that knew an earlier repository of this name refuses the new root until its cached trust data is deleted"
		i.Pull = "with content trust, nothing can be pulled until a tag is signed"
		i.Irreversible = []string{"once others have seen the root, only its key can change it: keep it safe, and keep a copy"}
	} else {
		i.Fresh = "verifies the new files from the root that is published now"
		i.Current = "takes the new files at the next update, without a question"
		i.Outdated = "the same, walking the roots that it has missed"
		i.Pull = "finds the same tags as before"
		c.expiry(&i)
	}
	i.Gained, i.Lost = c.tags()
	if len(i.Gained)+len(i.Lost) > 0 {
		i.Pull = pulls(i.Gained, i.Lost)
	}
	c.thresholds(&i)
	for _, change := range c.request.Changes {
		switch change := change.(type) {
		case model.AddSigner:
			i.Others = append(i.Others, fmt.Sprintf("the signer %s may sign every tag of the repository, alone, from then on", change.Name))
		case model.Renew:
			c.renewed(change, &i)
		case model.RemoveSigner:
			c.removed(change, &i)
		case model.RotateKey:
			c.rotated(change, &i)
		}
	}
	c.settled(&i)
	i.Warnings = once(append(i.Warnings, c.author.warnings...))
	return i
}

// once leaves out what has been said already.
func once(lines []string) []string {
	var out []string
	for _, line := range lines {
		if !slices.Contains(out, line) {
			out = append(out, line)
		}
	}
	return out
}

// pulls says which tags clients find that they did not find before, and the other way
// round.
func pulls(gained, lost []string) string {
	var out []string
	if len(gained) > 0 {
		out = append(out, fmt.Sprintf("finds %s more: %s", model.Count(len(gained), "tag"), some(gained)))
	}
	if len(lost) > 0 {
		out = append(out, fmt.Sprintf("no longer finds %s: %s", model.Count(len(lost), "tag"), some(lost)))
	}
	return strings.Join(out, ", and ")
}

// expiry says what has expired and stops everybody, before the change and after it.
func (c *compiler) expiry(i *Impact) {
	before, after := c.expired(false), c.expired(true)
	switch {
	case len(after) > 0:
		stopped := "refuses the repository, for " + strings.Join(after, " and ") + " stays expired"
		i.Fresh, i.Current, i.Outdated, i.Pull = stopped, stopped, stopped, "refuses every tag"
		i.Warnings = append(i.Warnings, strings.Join(after, " and ")+" has expired and is not renewed by this: no client accepts the repository until it is")
	case len(before) > 0:
		again := "accepts the repository again, which it refuses now because " + strings.Join(before, " and ") + " has expired"
		i.Fresh, i.Current, i.Outdated = again, again, again+", walking the roots that it has missed"
	}
}

// expired lists the roles that everything rests on and that have expired: now, or
// still when the plan is done.
func (c *compiler) expired(after bool) []string {
	var out []string
	for _, name := range model.TopLevelRoles() {
		role := c.request.Repository.Role(name)
		if c.hasExpired(role) && (!after || !c.rewrites(name)) {
			out = append(out, string(name))
		}
	}
	return out
}

// rewrites reports whether the plan brings a new version of a file.
func (c *compiler) rewrites(name model.RoleName) bool {
	return slices.ContainsFunc(c.out.Rewrites, func(r Rewrite) bool { return r.Role == name })
}

// unsent reports whether nothing is sent to the server but the wish that it sign.
func (c *compiler) unsent() bool {
	return !slices.ContainsFunc(c.out.Rewrites, func(r Rewrite) bool { return r.Signer == SignedHere })
}

// renewed says what a renewal does not reach.
func (c *compiler) renewed(r model.Renew, i *Impact) {
	for _, name := range r.Roles {
		switch {
		case name == model.RoleRoot:
			c.certificates(i)
		case c.author.servers(name):
			i.Others = append(i.Others, fmt.Sprintf("the server signs %s by itself whenever something is published, and when it is read after it has expired", name))
		}
	}
}

// certificates warns of root certificates that end before the root does: an expired
// certificate cannot be renewed, and with no other the server takes nothing more.
func (c *compiler) certificates(i *Impact) {
	root := c.author.draft.After(model.RoleRoot)
	until := c.at.Add(c.request.Dialect.Lifetime(model.RoleRoot))
	for _, k := range c.request.Dialect.Certificates(root) {
		if end := k.Certificate.NotAfter; end.Before(until) {
			i.Warnings = append(i.Warnings, fmt.Sprintf(
				"the certificate of root key %s ends on %s, before the new root does; rotate the root before then: afterwards the server takes no change of the repository", k.Canonical.Short(), day(end)))
		}
	}
}

// thresholds names what other clients can no longer do with roles of which
// several keys must sign.
func (c *compiler) thresholds(i *Impact) {
	root := c.author.draft.After(model.RoleRoot)
	for _, spec := range root.Roles {
		if spec.Threshold > 1 {
			words := c.request.Dialect.Words()
			if spec.Name == model.RoleRoot && words.RootQuorum != "" && !c.severalBefore() {
				i.Warnings = append(i.Warnings, words.RootQuorum)
			}
			i.Others = append(i.Others, fmt.Sprintf(
				"%s needs %d signatures: %s can sign it only where %d of its keys are in one trust folder", spec.Name, spec.Threshold, words.Clients, spec.Threshold))
		}
	}
}

// severalBefore reports whether the root needed several signatures already.
func (c *compiler) severalBefore() bool {
	root := c.author.draft.Before(model.RoleRoot)
	if root == nil {
		return false
	}
	edge := root.Delegation(model.RoleRoot)
	return edge != nil && edge.Threshold > 1
}

// tags compares the names that clients find, in the roles in which they look and that they
// accept.
func (c *compiler) tags() (gained, lost []string) {
	before, after := c.visible(false), c.visible(true)
	for name := range after {
		if _, found := before[name]; !found {
			gained = append(gained, name)
		}
	}
	for name := range before {
		if _, found := after[name]; !found {
			lost = append(lost, name)
		}
	}
	slices.Sort(gained)
	slices.Sort(lost)
	return gained, lost
}

// visible lists what clients find now, or when the plan is done, by name.
func (c *compiler) visible(after bool) map[string]model.Target {
	out := map[string]model.Target{}
	if c.request.Repository != nil && len(c.expired(after)) > 0 {
		return out
	}
	get := c.author.draft.Before
	if after {
		get = c.author.draft.After
	}
	for _, role := range c.searched(get) {
		f := get(role)
		if f == nil || !c.accepted(role, after) {
			continue
		}
		for _, t := range f.Targets {
			if _, found := out[t.Name]; !found {
				out[t.Name] = t
			}
		}
	}
	return out
}

// searched lists the roles in which clients look for a target, in their order.
func (c *compiler) searched(get func(model.RoleName) *model.Metadata) []model.RoleName {
	if only := c.request.Dialect.Searched(); only != nil {
		return only
	}
	var out []model.RoleName
	var walk func(role model.RoleName)
	walk = func(role model.RoleName) {
		f := get(role)
		if f == nil || slices.Contains(out, role) {
			return
		}
		out = append(out, role)
		for _, edge := range f.Roles {
			walk(edge.Name)
		}
	}
	walk(model.RoleTargets)
	return out
}

// accepted reports whether clients take a file with targets, now or when the plan
// is done. What is rewritten is signed as it must be.
func (c *compiler) accepted(name model.RoleName, after bool) bool {
	if after && c.rewrites(name) {
		return true
	}
	if c.request.Repository == nil {
		return false
	}
	role := c.request.Repository.Role(name)
	if !after {
		return role != nil && role.State == model.RoleVerified && !c.hasExpired(role)
	}
	return c.usable(name)
}

// usable reports whether clients accept a delegation, or targets, once the plan is done.
func (c *compiler) usable(name model.RoleName) bool {
	role, draft := c.request.Repository.Role(name), c.author.draft
	if name.Delegation() && !slices.ContainsFunc(draft.Delegators(name), func(from model.RoleName) bool {
		return !from.Delegation() || c.usable(from)
	}) {
		return false
	}
	if c.rewrites(name) {
		return true
	}
	codes := []model.ProblemCode{model.ProblemThreshold, model.ProblemNoSignatures, model.ProblemExpired, model.ProblemNotInSnapshot}
	if name.Delegation() {
		codes = append(codes, model.ProblemUnverified) // what it rests on may be mended
	}
	if role != nil && role.State != model.RoleVerified && !suffers(role, codes...) {
		return false
	}
	f := draft.Before(name)
	return f != nil && !c.ended(f) && draft.Stands(name) && draft.Lists(name)
}
