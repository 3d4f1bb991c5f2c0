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
	return &reach{d, edges}
}

// of follows the delegations to a role. A cycle of them leads nowhere, and each is followed once:
// where many roles delegate to each other there are more ways than could ever be followed.
func (r *reach) of(role model.RoleName) reached {
	if !role.Delegation() {
		return reached{paths: r.dialect.AllPaths(), permits: func(string) bool { return true }}
	}
	to := &approaches{at: map[model.RoleName]int{}}
	out := reached{paths: r.follow(to, role), by: to.by}
	out.permits = func(name string) bool { return to.permit(0, name, nil) }
	return out
}

// approaches are the delegations that lead to a role.
type approaches struct {
	// at are the roles that were met, by their places in into. The first is where they lead.
	at   map[model.RoleName]int
	into [][]approach
	// paths are what each role may list, and nil until that is known.
	paths [][]string
	by    []model.Delegation
}

// approach is a delegation: from a role that was met, or from a top-level one, which is -1.
type approach struct {
	from int
	own  func(name string) bool
}

// follow meets a role and all that lead to it, and returns the paths that are left of it.
func (r *reach) follow(w *approaches, role model.RoleName) []string {
	i := len(w.into)
	w.at[role], w.into, w.paths = i, append(w.into, nil), append(w.paths, nil)
	for _, edge := range r.edges(role) {
		w.by = append(w.by, edge)
		one, above := approach{from: -1, own: r.dialect.Matcher(edge)}, r.dialect.AllPaths()
		if edge.From.Delegation() {
			from, met := w.at[edge.From]
			if !met {
				from = len(w.into)
				r.follow(w, edge.From)
			}
			one.from, above = from, w.paths[from]
		}
		w.into[i] = append(w.into[i], one)
		w.paths[i] = append(w.paths[i], r.dialect.Restrict(above, edge.Paths)...)
	}
	return w.paths[i]
}

// permit reports whether a search for a name gets to a role that was met, without those that were
// seen on the way.
func (w *approaches) permit(i int, name string, seen []bool) bool {
	for _, one := range w.into[i] {
		switch {
		case !one.own(name):
			continue
		case one.from < 0:
			return true
		case seen == nil:
			seen = make([]bool, len(w.into))
		}
		seen[i] = true
		if !seen[one.from] && w.permit(one.from, name, seen) {
			return true
		}
	}
	return false
}
