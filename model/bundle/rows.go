package bundle

import (
	"slices"

	"trustdeck/model"
	"trustdeck/model/dialect"
	"trustdeck/model/plan"
)

// source is a file that says who signs others: as it is published, and as it will be.
type source struct {
	from     model.RoleName
	was, is  *dialect.File
	had, has edges
}

// rows compares who may sign what, role by role: those that lead to others first.
func (o *Opened) rows() []plan.RoleSummary {
	sources := o.sources()
	out := []plan.RoleSummary{}
	for _, role := range o.named(sources) {
		row := plan.RoleSummary{Role: role, Difference: plan.Changed, Edges: []plan.EdgeSummary{}}
		differs, before, after := false, false, false
		for i := range sources {
			for _, edge := range o.compare(&sources[i], role) {
				row.Edges = append(row.Edges, edge)
				differs = differs || edge.Difference != plan.Kept
				before, after = before || edge.Difference != plan.Added, after || edge.Difference != plan.Removed
			}
		}
		if f := o.file(role); f != nil {
			differs = true
			row.VersionAfter, row.ExpiresAfter, row.Signer = f.file.Version, f.file.Expires.UTC(), plan.SignedHere
			if was := o.before(role); was != nil {
				row.VersionBefore, row.ExpiresBefore = was.Version, was.Expires.UTC()
			}
		}
		switch {
		case !after:
			row.Difference = plan.Removed
		case !before:
			row.Difference = plan.Added
		}
		if differs {
			out = append(out, row)
		}
	}
	return out
}

// sources are the files that are signed, and the published ones that are not.
func (o *Opened) sources() []source {
	roles := o.Roles()
	if o.file(model.RoleRoot) == nil {
		roles = append([]model.RoleName{model.RoleRoot}, roles...)
	}
	for _, f := range o.bundle.Base {
		if !slices.Contains(roles, f.Role) {
			roles = append(roles, f.Role)
		}
	}
	var out []source
	for _, role := range roles {
		s := source{from: role, was: o.trusted(role)}
		if s.is = s.was; o.file(role) != nil {
			s.is = o.file(role).file
		}
		s.had, s.has = edgesOf(metadataOf(s.was)), edgesOf(metadataOf(s.is))
		out = append(out, s)
	}
	return out
}

// named are the roles that a file names which is signed, and those that are signed themselves.
func (o *Opened) named(sources []source) []model.RoleName {
	var top, rest []model.RoleName
	seen := map[model.RoleName]bool{}
	add := func(roles ...model.RoleName) {
		for _, role := range roles {
			switch {
			case seen[role]:
			case role.TopLevel():
				top = append(top, role)
			default:
				rest = append(rest, role)
			}
			seen[role] = true
		}
	}
	for _, s := range sources {
		if o.file(s.from) != nil {
			add(s.had.order...)
			add(s.has.order...)
		}
	}
	add(o.Roles()...)
	slices.SortStableFunc(top, func(a, b model.RoleName) int {
		order := model.TopLevelRoles()
		return slices.Index(order, a) - slices.Index(order, b)
	})
	if last := slices.IndexFunc(top, model.RoleName.ListsFiles); last >= 0 { // what is signed last is said last
		return slices.Concat(top[:last], rest, top[last:])
	}
	return append(top, rest...)
}

// compare compares what a delegator says of a role, now and afterwards.
func (o *Opened) compare(s *source, role model.RoleName) []plan.EdgeSummary {
	var out []plan.EdgeSummary
	for n := range max(len(s.had.of[role]), len(s.has.of[role])) {
		before, after := s.had.nth(role, n), s.has.nth(role, n)
		out = append(out, plan.CompareEdge(before, after, o.keysOf(s.was, before), o.keysOf(s.is, after)))
	}
	return out
}

func metadataOf(f *dialect.File) *model.Metadata {
	if f == nil {
		return nil
	}
	return f.Metadata
}

// keysOf names the keys of a delegation.
func (o *Opened) keysOf(f *dialect.File, edge *model.Delegation) []plan.KeySummary {
	if edge == nil {
		return nil
	}
	var out []plan.KeySummary
	for _, id := range edge.KeyIDs {
		k := plan.KeySummary{ID: id, Listed: id, Name: o.people[id].person}
		if key := f.Key(id); key != nil {
			k.ID = o.dialect.CanonicalID(*key)
			if k.Name == "" {
				k.Name = key.Holder
			}
		}
		out = append(out, k)
	}
	return out
}
