package tuf

import (
	"maps"
	"slices"

	"trustdeck/model"
)

// SetRole names the keys of a top-level role in the root.
func (d *Draft) SetRole(role model.RoleName, threshold int, keys ...model.PublicKey) {
	root := d.edit(model.RoleRoot)
	spec := member(member(root.tree, "roles"), string(role))
	d.setQuorum(root, spec, int64(threshold), keys)
}

// setQuorum names keys and threshold of a role in a file, which from then on lists no key that
// no role of it has.
func (d *Draft) setQuorum(f *draftFile, spec map[string]any, threshold int64, keys []model.PublicKey) {
	keys = slices.Clone(keys)
	for i := range keys {
		keys[i] = d.asListed(keys[i])
	}
	ids := []any{}
	for _, k := range keys {
		if id := any(string(k.ID)); !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	spec["keyids"], spec["threshold"] = ids, number(threshold)
	for _, k := range keys {
		if table := f.keyTable(); table[string(k.ID)] == nil {
			table[string(k.ID)] = d.object(k)
		}
	}
	f.forgetKeys()
	d.edited(f)
}

// edited notes that what a file delegates has changed.
func (d *Draft) edited(f *draftFile) {
	f.file, d.delegators = nil, nil
}

// asListed is a key as the repository lists it already, under whatever ID: that says more of it
// than the key alone, and signatures under it count.
func (d *Draft) asListed(k model.PublicKey) model.PublicKey {
	own := func(role model.RoleName) bool {
		return slices.ContainsFunc(d.edges(role), func(edge model.Delegation) bool { return slices.Contains(edge.KeyIDs, k.ID) })
	}
	all := slices.Sorted(maps.Keys(d.roles))
	if slices.ContainsFunc(all, own) {
		return k
	}
	for _, role := range all {
		f := d.file(role)
		if len(d.edges(role)) == 0 || f == nil {
			continue
		}
		for _, have := range f.Keys {
			if identified(have).ID == k.ID {
				return have
			}
		}
	}
	return k
}

// object is a key as a file lists it: with all that another file says of it under the same ID,
// which is the hash of that.
func (d *Draft) object(k model.PublicKey) map[string]any {
	for _, f := range d.next {
		if have, ok := f.keyTable()[string(k.ID)].(map[string]any); ok {
			return copied(have)
		}
	}
	for _, role := range slices.Sorted(maps.Keys(d.roles)) {
		if !slices.ContainsFunc(d.edges(role), func(edge model.Delegation) bool { return slices.Contains(edge.KeyIDs, k.ID) }) {
			continue
		}
		if have, ok := continued(role, d.roles[role].Raw).keyTable()[string(k.ID)].(map[string]any); ok {
			return have
		}
	}
	return keyObjectOf(k)
}

// edges are the delegations that the file of a role makes, as it will be; those to the top-level
// roles, of a root.
func (d *Draft) edges(role model.RoleName) []model.Delegation {
	if f := d.next[role]; f != nil {
		return f.said().Roles
	}
	if is := d.roles[role]; is != nil && role != model.RoleRoot {
		return is.Delegations
	}
	if root := d.published(role); root != nil {
		return root.Roles
	}
	return nil
}

// keyObjectOf is a key by itself.
func keyObjectOf(k model.PublicKey) map[string]any {
	return map[string]any{"keytype": string(k.Type), "scheme": k.Scheme, "keyval": map[string]any{"public": string(k.Public)}}
}

// Delegate lets keys sign for a delegation. A delegation that is new gets a file: a search
// that reaches one without fails (TUF 5.6.4).
func (d *Draft) Delegate(edge model.Delegation, keys ...model.PublicKey) (changed bool) {
	was, known := d.Delegated(edge.From, edge.Name)
	all := quorumOf(d.file(edge.From), edge.Name).Keys
	for _, k := range keys {
		if !slices.ContainsFunc(all, func(have model.PublicKey) bool { return sameListed(have, k) }) {
			all, changed = append(all, k), true
		}
	}
	now := was
	for _, path := range edge.Paths {
		if !slices.Contains(now.Paths, path) {
			now.Paths, changed = append(slices.Clone(now.Paths), path), true
		}
	}
	switch {
	case !known:
		now = edge
	case !changed:
		return false
	}
	f := d.edit(edge.From)
	if !known && edge.Bins != nil {
		d.delegateBins(f, edge, all)
		return true
	}
	spec := f.delegation(edge.Name)
	state(spec, now)
	d.setQuorum(f, spec, now.Threshold, all)
	d.beginFile(known, edge.Name)
	return true
}

// beginFile makes the file of a delegation that is new, unless there is one.
func (d *Draft) beginFile(known bool, role model.RoleName) {
	if !known && d.published(role) == nil {
		d.edit(role)
	}
}

// delegateBins delegates to hash bins alone, each with a file.
func (d *Draft) delegateBins(f *draftFile, edge model.Delegation, keys []model.PublicKey) {
	o := f.delegations()
	delete(o, "roles")
	spec := map[string]any{"bit_length": number(int64(edge.Bins.Bits)), "name_prefix": edge.Bins.Prefix}
	o["succinct_roles"] = spec
	d.setQuorum(f, spec, edge.Threshold, keys)
	for i := range uint32(1) << edge.Bins.Bits {
		d.beginFile(false, (&bins{HashBins: *edge.Bins}).name(i))
	}
}

// state writes what a delegation is for.
func state(spec map[string]any, edge model.Delegation) {
	if edge.Bins != nil {
		return // the bins say it
	}
	delete(spec, "paths")
	delete(spec, "path_hash_prefixes")
	if edge.PathHashPrefixes != nil {
		spec["path_hash_prefixes"] = list(edge.PathHashPrefixes)
	} else {
		spec["paths"] = list(edge.Paths)
	}
	spec["terminating"] = edge.Terminating
}

// SetKeys names the keys of a delegation that exists.
func (d *Draft) SetKeys(from, role model.RoleName, keys ...model.PublicKey) {
	edge, _ := d.Delegated(from, role)
	f := d.edit(from)
	d.setQuorum(f, f.delegation(role), edge.Threshold, keys)
}

// SetEdge states threshold and paths of a delegation that exists.
func (d *Draft) SetEdge(edge model.Delegation) {
	f := d.edit(edge.From)
	spec := f.delegation(edge.Name)
	spec["threshold"] = number(edge.Threshold)
	state(spec, edge)
	d.edited(f)
}

// Undelegate takes a delegation away. Hash bins go all at once: none can be left out.
func (d *Draft) Undelegate(from, role model.RoleName) {
	f := d.edit(from)
	f.undelegate(role)
	f.forgetKeys()
	d.edited(f)
	maps.DeleteFunc(d.next, func(name model.RoleName, _ *draftFile) bool { return !d.Reached(name) })
	d.delegators = nil
}

// Delegators are the roles that delegate to a role, in the order of a search.
func (d *Draft) Delegators(role model.RoleName) []model.RoleName {
	if role.TopLevel() {
		if root := d.file(model.RoleRoot); root == nil || root.Delegation(role) == nil {
			return nil
		}
		return []model.RoleName{model.RoleRoot}
	}
	if d.delegators == nil {
		d.delegators = d.follow()
	}
	return d.delegators[role]
}

// follow goes along all delegations from targets, depth first, and notes who delegates to whom.
// What nothing leads to from there delegates nothing.
func (d *Draft) follow() map[model.RoleName][]model.RoleName {
	out, seen := map[model.RoleName][]model.RoleName{}, map[model.RoleName]bool{}
	for stack := []model.RoleName{model.RoleTargets}; len(stack) > 0; {
		from := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if seen[from] {
			continue
		}
		seen[from] = true
		edges := d.edges(from)
		for i := len(edges) - 1; i >= 0; i-- {
			stack = append(stack, edges[i].Name)
		}
		for i := range edges {
			if name := edges[i].Name; !slices.Contains(out[name], from) {
				out[name] = append(out[name], from)
			}
		}
	}
	return out
}

// Delegated is what a delegator will say of a delegation.
func (d *Draft) Delegated(from, role model.RoleName) (edge model.Delegation, ok bool) {
	f := d.file(from)
	if f == nil {
		return model.Delegation{}, false
	}
	edge, ok = f.edge(role)
	if !ok {
		return model.Delegation{}, false
	}
	return edge, true
}

// Reached reports whether a role is one of the top-level ones, or delegated from targets.
func (d *Draft) Reached(role model.RoleName) bool {
	return role.TopLevel() || len(d.Delegators(role)) > 0
}

// Listed returns the keys that may sign a role, by the first that delegates to it.
func (d *Draft) Listed(role model.RoleName) []model.PublicKey {
	by := d.Delegators(role)
	if len(by) == 0 {
		return nil
	}
	return quorumOf(d.file(by[0]), role).Keys
}

// Restart replaces the file of a delegation: the new one keeps some of its targets.
func (d *Draft) Restart(role model.RoleName, targets []string) {
	was := d.edit(role)
	f := begun(role)
	f.form = was.form
	f.setVersion(was.said().Version)
	kept := f.targets()
	for name, t := range was.targets() {
		if slices.Contains(targets, name) {
			kept[name] = t
		}
	}
	d.next[role], d.delegators = f, nil
}

// AddTarget lists a target in a file.
func (d *Draft) AddTarget(role model.RoleName, target model.Target) (changed bool) {
	if now := d.file(role); now != nil {
		if i, found := find(now.Targets, target.Name); found && now.Targets[i].Equal(target) {
			return false
		}
	}
	d.edit(role).addTarget(target)
	return true
}

// RemoveTarget takes a target out.
func (d *Draft) RemoveTarget(role model.RoleName, name string) (changed bool) {
	now := d.file(role)
	if now == nil {
		return false
	}
	if _, found := find(now.Targets, name); !found {
		return false
	}
	d.edit(role).removeTarget(name)
	return true
}
