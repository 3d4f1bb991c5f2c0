package plan

import (
	"slices"

	"trustdeck/model"
	"trustdeck/model/dialect"
)

// A reach says what clients look for in a role: the paths that are left of it once those of
// all roles above are applied.
type reach struct {
	dialect dialect.Reader
	// edges are the delegations to a role.
	edges func(model.RoleName) []model.Delegation
	above []model.RoleName
}

// reached is what one role may list.
type reached struct {
	paths   []string
	permits func(name string) bool
	// by are the delegations that lead there. With the same ones, the same is permitted.
	by []model.Delegation
}

// same reports whether two roles may list the same by the same delegations.
func (r reached) same(other reached) bool {
	return slices.EqualFunc(r.by, other.by, sameEdge)
}

// sameEdge reports whether two delegations lead to the same role for the same names.
func sameEdge(a, b model.Delegation) bool {
	bins := a.Bins == b.Bins || a.Bins != nil && b.Bins != nil && *a.Bins == *b.Bins
	return a.From == b.From && a.Name == b.Name && bins && slices.Equal(a.Paths, b.Paths) && slices.Equal(a.PathHashPrefixes, b.PathHashPrefixes)
}

func reaching(d dialect.Reader, edges func(model.RoleName) []model.Delegation) *reach {
	return &reach{dialect: d, edges: edges}
}

// of follows the delegations to a role; a cycle of them leads nowhere.
func (r *reach) of(role model.RoleName) reached {
	if !role.Delegation() {
		return reached{paths: r.dialect.AllPaths(), permits: func(string) bool { return true }}
	}
	var out reached
	var ways []reached
	if !slices.Contains(r.above, role) {
		below := &reach{r.dialect, r.edges, append(slices.Clone(r.above), role)}
		for _, edge := range r.edges(role) {
			above := below.of(edge.From)
			out.by = append(append(out.by, edge), above.by...)
			edge.Paths = r.dialect.Restrict(above.paths, edge.Paths)
			own := r.dialect.Matcher(edge)
			out.paths = append(out.paths, edge.Paths...)
			ways = append(ways, reached{permits: func(name string) bool { return own(name) && above.permits(name) }})
		}
	}
	out.permits = func(name string) bool {
		return slices.ContainsFunc(ways, func(w reached) bool { return w.permits(name) })
	}
	return out
}
