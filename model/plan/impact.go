package plan

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"trustdeck/model"
)

// impact says what others will see.
func (c *compiler) impact() Impact {
	var i Impact
	if c.request.Repository == nil {
		i.Fresh = "trusts the new root on first use; share its fingerprint, or pin it"
		i.Current = "none yet: the repository is new"
		i.Outdated = "a client that knew an earlier repository of this name refuses the new root until its cached trust data is deleted"
		words := c.request.Dialect.Words()
		i.Pull = "finds nothing until a " + words.Target + " is signed"
		if words.Images() {
			i.Pull = "with content trust on, nothing can be pulled until a tag is signed"
		}
		i.Irreversible = []string{"once others have seen the root, only its key can change it; keep the key safe, and back it up"}
	} else {
		i.Fresh = "verifies the new files from the root that is published now"
		i.Current = "accepts the new files at the next update, without asking"
		i.Outdated = "the same, after verifying each root it missed"
		i.Pull = "sees the same " + c.request.Dialect.Words().Targets() + " as before"
		c.robots(&i)
		c.expiry(&i)
		if Countersigns(c.request.Changes) && len(c.out.Pending) > 0 {
			i.Fresh, i.Current, i.Outdated = unseen, unseen, unseen
		}
	}
	before, after := c.visible(false), c.visible(true)
	i.Gained, i.Lost, i.Replaced = before.compare(after)
	i.Pulls = c.pullChanges(before, after)
	if len(i.Gained)+len(i.Lost)+len(i.Replaced) > 0 {
		i.Pull = c.pulls(&i)
	}
	c.thresholds(&i)
	for _, change := range c.request.Changes {
		switch change := change.(type) {
		case model.AddSigner:
			i.Others = append(i.Others, fmt.Sprintf("signer %s can sign every %s of the repository alone", change.Name, c.request.Dialect.Words().Target))
		case model.AddTarget:
			c.unseen(change, after, &i)
		case model.RemoveTarget:
			c.remains(change, after, &i)
		case model.Renew:
			c.renewed(change, &i)
		case model.RemoveSigner:
			c.removed(change, &i)
		case model.RestateKeys:
			c.restated(change, &i)
		case model.RotateKey:
			c.rotated(change, &i)
		case model.AddDelegation:
			c.delegated(change.Role, len(change.Keys)+len(change.Make) > 0, &i)
		case model.EditDelegation:
			c.delegated(change.Role, len(change.Keys) > 0, &i)
			c.lessKeys(change, &i)
		case model.RemoveDelegation:
			c.undelegated(change, &i)
		}
	}
	c.settled(&i)
	c.stopped(&i)
	for _, caution := range c.out.Cautions {
		i.Warnings = append(i.Warnings, caution.Text)
	}
	i.Warnings = once(append(i.Warnings, c.author.warnings...))
	return i
}

// unseen is what clients make of a file that has yet to be signed by others.
const unseen = "doesn't see it: it is published once all have signed"

// robots says what waits for a robot that signs later.
func (c *compiler) robots(i *Impact) {
	var roles []string
	for _, r := range c.out.Rewrites {
		if r.Signer == SignedByRobot {
			roles = append(roles, string(r.Role))
		}
	}
	if len(roles) == 0 {
		return
	}
	when := "once the robot has signed " + strings.Join(roles, " and ")
	if c.rewrites(model.RoleRoot) {
		i.Fresh = "verifies the new root now, and the other new files " + when
		i.Current = "accepts the new root at the next update, and the other new files " + when
	} else {
		i.Fresh, i.Current = "gets the new files "+when, "gets the new files "+when
	}
	rotated := slices.DeleteFunc(roles, func(role string) bool { return c.author.draft.Stands(model.RoleName(role)) })
	if c.rewrites(model.RoleRoot) && len(rotated) > 0 {
		i.Warnings = append(i.Warnings, fmt.Sprintf(
			"clients that have the new root refuse the repository until the robot has signed %s with its new key", strings.Join(rotated, " and ")))
	}
}

// stopped names the clients that can't follow to a new root, because they stop at the present one.
func (c *compiler) stopped(i *Impact) {
	root := c.author.roles[model.RoleRoot]
	if root == nil || !c.rewrites(model.RoleRoot) {
		return
	}
	for _, p := range root.Problems {
		if p.Code == model.ProblemClients && p.Severity > model.Notice {
			i.Warnings = append(i.Warnings, fmt.Sprintf("clients that stop at root %d can't follow from it to the new one: %s", root.Version, p.Text))
		}
	}
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

// pulls says which targets clients see that they did not see before, and the other way
// round.
func (c *compiler) pulls(i *Impact) string {
	var out []string
	if len(i.Gained) > 0 {
		out = append(out, fmt.Sprintf("sees %s: %s", c.targets(len(i.Gained), "additional "), some(i.Gained)))
	} else {
		out = append(out, "sees no additional "+c.request.Dialect.Words().Target)
	}
	if len(i.Replaced) > 0 {
		out = append(out, fmt.Sprintf("sees %s with different contents: %s", c.targets(len(i.Replaced), ""), some(i.Replaced)))
	}
	if len(i.Lost) > 0 {
		out = append(out, fmt.Sprintf("no longer sees %s: %s", c.targets(len(i.Lost), ""), some(i.Lost)))
	} else {
		out = append(out, "none removed")
	}
	return strings.Join(out, "; ")
}

// targets counts targets by what people call them here.
func (c *compiler) targets(n int, which string) string {
	return model.Count(n, which+c.request.Dialect.Words().Target)
}

// expiry says what has expired and stops everybody, before the change and after it.
func (c *compiler) expiry(i *Impact) {
	before, after := c.expired(false), c.expired(true)
	switch {
	case len(after) > 0:
		stopped := "refuses the repository because " + strings.Join(after, " and ") + " stays expired"
		i.Fresh, i.Current, i.Outdated, i.Pull = stopped, stopped, stopped, "refuses every "+c.request.Dialect.Words().Target
		i.Warnings = append(i.Warnings, strings.Join(after, " and ")+" has expired and is not renewed by this plan; clients refuse the repository until it is renewed")
	case len(before) > 0:
		again := "accepts the repository again; it refuses it now because " + strings.Join(before, " and ") + " has expired"
		i.Fresh, i.Current, i.Outdated = again, again, again+", after verifying each root it missed"
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

// unseen tells of a target that clients do not find where it is added: they look elsewhere,
// or find another one of the name first.
func (c *compiler) unseen(add model.AddTarget, after *sight, i *Impact) {
	if t, ok := listed(c.author.draft.After(add.Role), add.Name); !ok || !t.Equal(add.Target()) {
		return // another change has replaced or removed it
	}
	if found, ok := after.find(add.Name); ok && found.same(add.Target()) {
		return
	}
	for _, role := range c.searched(c.author.draft.After) {
		if role == add.Role {
			return
		}
		t, ok := listed(c.author.draft.After(role), add.Name)
		if !ok || !c.accepted(role, true) {
			continue
		}
		if t.Length != add.Length || !t.Hashes.Equal(add.Target().Hashes) {
			i.Warnings = append(i.Warnings, fmt.Sprintf("%s lists %q with different contents, and clients look there before %s", role, add.Name, add.Role))
		}
		return
	}
	if _, found := after.find(add.Name); !found && len(c.expired(true)) == 0 {
		i.Warnings = append(i.Warnings, fmt.Sprintf("clients don't find %q, because only %s lists it", add.Name, cmp.Or(c.listing(add.Name), string(add.Role))))
	}
	i.Others = once(append(i.Others, fmt.Sprintf("clients don't look for %s in %s", c.request.Dialect.Words().Targets(), add.Role)))
}

// listed is the target of a name in a file, which lists them sorted.
func listed(f *model.Metadata, name string) (t model.Target, ok bool) {
	if f == nil {
		return t, false
	}
	at, ok := slices.BinarySearchFunc(f.Targets, name, func(t model.Target, name string) int { return strings.Compare(t.Name, name) })
	if ok {
		t = f.Targets[at]
	}
	return t, ok
}

// renewed says what a renewal does not reach, and what it states for the future.
func (c *compiler) renewed(r model.Renew, i *Impact) {
	for _, l := range c.author.lifetimes {
		i.Others = append(i.Others, fmt.Sprintf("each later version of %s is valid for %s as well, not %s", l.role, inDays(l.after), inDays(l.before)))
	}
	for _, name := range r.Roles {
		switch {
		case name == model.RoleRoot:
			c.certificates(i)
		case c.author.servers(name):
			i.Others = append(i.Others, fmt.Sprintf("the server signs %s on every publish, and on the first read after it has expired", name))
		}
	}
}

// certificates warns of root certificates that end before the root does: an expired
// certificate cannot be renewed, and with no other the server takes nothing more.
func (c *compiler) certificates(i *Impact) {
	root := c.author.draft.After(model.RoleRoot)
	until := c.at.Add(c.author.draft.Lifetime(model.RoleRoot))
	for _, k := range c.request.Dialect.Certificates(root) {
		if end := k.Certificate.NotAfter; end.Before(until) {
			i.Warnings = append(i.Warnings, fmt.Sprintf(
				"the certificate of root key %s expires on %s, before the new root does; rotate the root key before then, or the server accepts no further changes", k.Canonical.Short(), day(end)))
		}
	}
}

// thresholds names what other clients can no longer do with roles of which
// several keys must sign.
func (c *compiler) thresholds(i *Impact) {
	words := c.request.Dialect.Words()
	if words.RootQuorum == "" {
		return
	}
	tell := func(role model.RoleName, threshold int64) {
		text := fmt.Sprintf("%s needs %d signatures; %s can sign it only with %d of its keys in one trust folder", role, threshold, words.Clients, threshold)
		if needing := words.Needing(role); len(needing) > 0 {
			text += " (" + strings.Join(needing, ", ") + ")"
		}
		i.Others = append(i.Others, text)
	}
	for _, spec := range c.author.draft.After(model.RoleRoot).Roles {
		if spec.Threshold < 2 {
			continue
		}
		if spec.Name == model.RoleRoot && !c.severalBefore() {
			i.Warnings = append(i.Warnings, words.RootQuorum)
		}
		tell(spec.Name, spec.Threshold)
	}
	for _, q := range c.out.Quorums {
		if q.Role.Delegation() && q.After.Threshold > 1 {
			tell(q.Role, int64(q.After.Threshold))
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

// edgesNow are the delegations to a role as they are published.
func (c *compiler) edgesNow(role model.RoleName) []model.Delegation {
	if is := c.author.roles[role]; is != nil {
		return is.Parents
	}
	return nil
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
	role := c.author.roles[name]
	if !after {
		return role != nil && role.State == model.RoleVerified && !c.hasExpired(role)
	}
	return c.usable(name)
}

// usable reports whether clients accept a delegation, or targets, once the plan is done.
func (c *compiler) usable(name model.RoleName) bool {
	return c.reaches(name, map[model.RoleName]bool{})
}

// reaches is usable, for a role to which one leads that was seen: in some dialects delegations go
// in circles, and what leads nowhere else is not reached.
func (c *compiler) reaches(name model.RoleName, seen map[model.RoleName]bool) bool {
	if seen[name] {
		return false
	}
	seen[name] = true
	role, draft := c.author.roles[name], c.author.draft
	if name.Delegation() && !slices.ContainsFunc(draft.Delegators(name), func(from model.RoleName) bool {
		return !from.Delegation() || c.reaches(from, seen)
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
