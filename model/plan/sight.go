package plan

import (
	"slices"
	"strings"

	"trustdeck/model"
)

// A sight is what clients find, by name, in the roles in which they look and that they
// accept.
type sight struct {
	// seen are the roles in the order in which clients look.
	seen []seenRole
	// ways are the delegations that clients follow from each role of seen, in their order,
	// and turn is its index there; nil where they look in certain roles alone.
	ways map[model.RoleName][]way
	turn map[model.RoleName]int
}

// A way is a delegation that clients follow to a role for some names.
type way struct {
	model.Delegation
	permits func(name string) bool
}

// seenRole is a role in which clients look.
type seenRole struct {
	role model.RoleName
	// targets are sorted by name.
	targets []model.Target
	reached reached
}

// foundTarget is a target, and the role in which clients find it.
type foundTarget struct {
	model.Target
	role model.RoleName
}

// same reports whether it has the content of another one.
func (f foundTarget) same(t model.Target) bool { return sameContent(f.Target, t) }

func sameContent(a, b model.Target) bool { return a.Length == b.Length && a.Hashes.Equal(b.Hashes) }

// visible is what clients find now, or when the plan is done.
func (c *compiler) visible(after bool) *sight {
	out := &sight{}
	if c.request.Repository != nil && len(c.expired(after)) > 0 {
		return out
	}
	get, edges := c.author.draft.Before, c.edgesNow
	if after {
		get, edges = c.author.draft.After, c.author.edges
	}
	reach := reaching(c.request.Dialect, edges)
	if c.request.Dialect.Searched() == nil {
		out.ways, out.turn = map[model.RoleName][]way{}, map[model.RoleName]int{}
	}
	for _, role := range c.searched(get) {
		if f := get(role); f != nil && c.accepted(role, after) {
			out.seen = append(out.seen, seenRole{role, f.Targets, reach.of(role)})
			if out.ways != nil {
				out.ways[role], out.turn[role] = c.ways(f), len(out.seen)-1
			}
		}
	}
	return out
}

// ways are the delegations that a file makes.
func (c *compiler) ways(f *model.Metadata) []way {
	out := make([]way, len(f.Roles))
	for i, edge := range f.Roles {
		out[i] = way{edge, c.request.Dialect.Matcher(edge)}
	}
	return out
}

// find is what clients find under a name.
func (s *sight) find(name string) (found foundTarget, ok bool) {
	if s.ways != nil {
		found, ok, _ = s.search(model.RoleTargets, name, map[model.RoleName]bool{})
		return found, ok
	}
	for _, r := range s.seen {
		if at, there := slices.BinarySearchFunc(r.targets, name, byName); there && r.reached.permits(name) {
			return foundTarget{r.targets[at], r.role}, true
		}
	}
	return found, false
}

// search follows delegations from a role on: depth first, in their order, each role once. It
// ends where the name is listed, at a role that clients don't accept, and after a delegation
// that is terminating.
func (s *sight) search(role model.RoleName, name string, been map[model.RoleName]bool) (found foundTarget, ok, ended bool) {
	if been[role] {
		return found, false, false
	}
	been[role] = true
	i, accepted := s.turn[role]
	if !accepted {
		return found, false, true
	}
	if at, there := slices.BinarySearchFunc(s.seen[i].targets, name, byName); there {
		return foundTarget{s.seen[i].targets[at], role}, true, true
	}
	for _, w := range s.ways[role] {
		if !w.permits(name) {
			continue
		}
		if found, ok, ended = s.search(w.Name, name, been); ended || w.Terminating {
			return found, ok, true
		}
	}
	return found, false, false
}

// ends are the delegations that end a search: those that are terminating, and those to roles
// that clients don't accept.
func (s *sight) ends() []model.Delegation {
	var out []model.Delegation
	for _, r := range s.seen {
		for _, w := range s.ways[r.role] {
			if _, accepted := s.turn[w.Name]; w.Terminating || !accepted {
				out = append(out, w.Delegation)
			}
		}
	}
	return out
}

// compare says under which names clients find something in another sight alone, in this
// one alone, and other content in the other.
func (s *sight) compare(after *sight) (gained, lost, replaced []string) {
	for _, name := range s.differ(after) {
		was, before := s.find(name)
		now, found := after.find(name)
		switch {
		case found && !before:
			gained = append(gained, name)
		case before && !found:
			lost = append(lost, name)
		case before && !was.same(now.Target):
			replaced = append(replaced, name)
		}
	}
	return gained, lost, replaced
}

// differ lists, sorted, the names under which two sights may find different things: those
// that a role lists in one of them, unless both look in the role, at the same turn and for
// the same names, and it lists the same there; all of them where searches end elsewhere. A
// repository has many targets, and a plan changes few of them.
func (s *sight) differ(after *sight) []string {
	var out []string
	all := func(seen ...seenRole) {
		for _, r := range seen {
			for i := range r.targets {
				out = append(out, r.targets[i].Name)
			}
		}
	}
	was, now := s.beside(after), after.beside(s)
	inTurn := slices.EqualFunc(was, now, func(a, b seenRole) bool { return a.role == b.role }) &&
		slices.EqualFunc(s.ends(), after.ends(), sameEdge)
	for i := range was {
		if inTurn && was[i].reached.same(now[i].reached) {
			out = differing(out, was[i].targets, now[i].targets)
		} else {
			all(was[i], now[i])
		}
	}
	all(s.without(after)...)
	all(after.without(s)...)
	slices.Sort(out)
	return slices.Compact(out)
}

// beside are the roles that another sight has too, and without those that it has not.
func (s *sight) beside(other *sight) []seenRole  { return s.roles(other, true) }
func (s *sight) without(other *sight) []seenRole { return s.roles(other, false) }

func (s *sight) roles(other *sight, there bool) []seenRole {
	has := make(map[model.RoleName]bool, len(other.seen))
	for _, r := range other.seen {
		has[r.role] = true
	}
	var out []seenRole
	for _, r := range s.seen {
		if has[r.role] == there {
			out = append(out, r)
		}
	}
	return out
}

// differing appends the names under which two sorted lists do not have the same content.
func differing(names []string, a, b []model.Target) []string {
	for len(a) > 0 && len(b) > 0 {
		switch order := strings.Compare(a[0].Name, b[0].Name); {
		case order < 0:
			names, a = append(names, a[0].Name), a[1:]
		case order > 0:
			names, b = append(names, b[0].Name), b[1:]
		default:
			if !sameContent(a[0], b[0]) {
				names = append(names, a[0].Name)
			}
			a, b = a[1:], b[1:]
		}
	}
	for i := range a {
		names = append(names, a[i].Name)
	}
	for i := range b {
		names = append(names, b[i].Name)
	}
	return names
}
