package plan

import (
	"fmt"
	"slices"
	"strings"

	"trustdeck/model"
)

// pullChanges says of each name that the changes add or remove what clients find under it.
func (c *compiler) pullChanges(before, after *sight) []PullChange {
	var names []string
	for _, of := range c.author.targets {
		names = append(append(names, of.added...), of.removed...)
	}
	slices.Sort(names)
	var out []PullChange
	for _, name := range slices.Compact(names) {
		p := PullChange{Name: name}
		if t, ok := before.find(name); ok {
			p.Before = pulled(t)
		}
		if t, ok := after.find(name); ok {
			p.After = pulled(t)
			p.After.MediaType = c.mediaType(t)
		}
		out = append(out, p)
	}
	return out
}

func pulled(t foundTarget) *PullResult {
	return &PullResult{Role: t.role, Digest: t.Hashes.Digest(), Length: t.Length}
}

// mediaType is what the registry said of a target that the changes add.
func (c *compiler) mediaType(t foundTarget) string {
	for _, change := range slices.Backward(c.request.Changes) {
		if add, ok := change.(model.AddTarget); ok && add.Role == t.role && add.Name == t.Name {
			return add.MediaType
		}
	}
	return ""
}

// remains tells of a target that is removed in one role what others still list.
func (c *compiler) remains(removed model.RemoveTarget, after *sight, i *Impact) {
	if _, there := listed(c.author.draft.After(removed.Role), removed.Name); there {
		return // another change has added it again
	}
	found, ok := after.find(removed.Name)
	if ok {
		i.Warnings = append(i.Warnings, fmt.Sprintf("clients still find %q in %s", removed.Name, found.role))
	}
	for j := range c.request.Repository.Roles {
		name := c.request.Repository.Roles[j].Name
		if !name.HoldsTargets() || ok && name == found.role || !c.author.draft.Reached(name) {
			continue
		}
		if _, there := listed(c.author.draft.After(name), removed.Name); there {
			i.Others = append(i.Others, fmt.Sprintf("%s still lists %q", name, removed.Name))
		}
	}
	i.Others = once(i.Others)
}

// listing names the roles that list a target once the plan is done.
func (c *compiler) listing(name string) string {
	var out []string
	for i := range c.request.Repository.Roles {
		role := c.request.Repository.Roles[i].Name
		if _, there := listed(c.author.draft.After(role), name); there && role.HoldsTargets() && c.author.draft.Reached(role) {
			out = append(out, string(role))
		}
	}
	return strings.Join(out, " and ")
}
