package tuf

import (
	"cmp"
	"fmt"
	"slices"

	"trustdeck/model"
	"trustdeck/model/dialect"
)

// A searcher follows delegations in one repository.
type searcher struct {
	*model.Repository
	roles map[model.RoleName]*model.Role
	// indexes find the delegations of a role that may be for a target; made when they are
	// asked for.
	indexes map[model.RoleName]*index
	// left is what matching may still cost where many targets are looked for.
	left int
}

func newSearcher(r *model.Repository) *searcher {
	s := &searcher{Repository: r, roles: make(map[model.RoleName]*model.Role, len(r.Roles)), indexes: map[model.RoleName]*index{}, left: maxMatching}
	for i := range r.Roles {
		s.roles[r.Roles[i].Name] = &r.Roles[i]
	}
	return s
}

// A walk is one search for one target (TUF 5.6.7): depth first, in the order of the
// delegations, each role once.
type walk struct {
	*searcher
	target
	visited map[model.RoleName]bool
	// every is set where steps are noted; without, only edges that match are looked at.
	every  bool
	steps  []model.SearchStep
	result model.Resolution
	// ended is set once no further edge is looked at.
	ended bool
}

// find searches for a target.
func (s *searcher) find(path string, every bool) *walk {
	w := &walk{searcher: s, target: newTarget(path), visited: map[model.RoleName]bool{}, every: every, result: model.Resolution{Tag: path}}
	edge := model.Delegation{From: model.RoleRoot, Name: model.RoleTargets}
	if role := s.roles[model.RoleTargets]; role != nil && len(role.Parents) > 0 {
		edge = role.Parents[0]
	}
	w.visit(&edge, 0, "every search starts here")
	if w.result.Reason == "" {
		w.result.Reason = "no role that the search reaches lists it"
	}
	return w
}

// note adds a step.
func (w *walk) note(edge *model.Delegation, depth int, outcome model.SearchOutcome, format string, args ...any) {
	if w.every {
		w.steps = append(w.steps, model.SearchStep{Edge: *edge, Depth: depth, Outcome: outcome, Reason: fmt.Sprintf(format, args...)})
	}
}

// visit looks into the role to which an edge leads.
func (w *walk) visit(edge *model.Delegation, depth int, reason string) {
	switch {
	case w.visited[edge.Name]:
		w.note(edge, depth, model.SearchVisited, "%s was already searched", edge.Name)
		return
	case len(w.visited) > MaxVisited:
		w.ended, w.result.Reason = true, fmt.Sprintf("clients give up after %d delegations", MaxVisited)
		w.note(edge, depth, model.SearchLimit, "%s; %s", reason, w.result.Reason)
		return
	}
	role := w.roles[edge.Name]
	if p := w.unusable(role, edge); p != nil {
		w.ended, w.result.Problem = true, p
		w.result.Reason = fmt.Sprintf("the search ends at %s: %s", edge.Name, p.Text)
		w.note(edge, depth, model.SearchFailed, "%s; clients stop here: %s", reason, p.Text)
		return
	}
	w.visited[edge.Name] = true
	if t := findTarget(role.Targets, w.path); t != nil {
		w.found(role, t)
		w.note(edge, depth, model.SearchFound, "%s; %s lists it", reason, edge.Name)
		return
	}
	w.note(edge, depth, model.SearchAbsent, "%s; %s does not list it", reason, edge.Name)
	w.descend(role, depth+1)
}

// descend follows the delegations of a role.
func (w *walk) descend(role *model.Role, depth int) {
	candidates := w.candidates(role)
	for n, i := range candidates {
		edge := &role.Delegations[i]
		if w.left -= cost(edge, w.target); w.left < 0 && !w.every {
			w.ended, w.result.Reason = true, "the repository has more paths and targets than the comparison limit"
			return
		}
		reason, ok := why(edge, w.target)
		if !ok {
			w.note(edge, depth, model.SearchNoMatch, "%s", reason)
			continue
		}
		w.visit(edge, depth, reason)
		if w.ended {
			return
		}
		if edge.Terminating {
			w.ended = true
			for _, after := range candidates[n+1:] {
				w.note(&role.Delegations[after], depth, model.SearchCut, "the delegation to %s is terminating", edge.Name)
			}
			return
		}
	}
}

// candidates are the delegations of a role that are looked at: all where steps are noted.
func (w *walk) candidates(role *model.Role) []int {
	if w.every {
		all := make([]int, len(role.Delegations))
		for i := range all {
			all[i] = i
		}
		return all
	}
	x := w.indexes[role.Name]
	if x == nil {
		x = newIndex(role.Delegations)
		w.indexes[role.Name] = x
	}
	return x.candidates(w.target)
}

// unusable is why clients don't rely on a role that they reach over an edge; nil where they
// do.
func (w *walk) unusable(role *model.Role, edge *model.Delegation) *model.Problem {
	switch {
	case role == nil:
		return problem(model.ProblemLimit, edge.Name, "%s was not read", edge.Name)
	case !role.Usable():
		return dialect.WorstFailure(role)
	case len(role.Grants) > 0:
		for i := range role.Parents {
			if role.Parents[i].From == edge.From && !role.Grants[i].Met {
				return problem(model.ProblemThreshold, role.Name, "%s has %s of the %d that %s requires", role.Name, model.Count(role.Grants[i].Valid, "valid signature"), edge.Threshold, edge.From)
			}
		}
	}
	return nil
}

// found ends a search.
func (w *walk) found(role *model.Role, t *model.Target) {
	w.ended = true
	w.result.Role, w.result.Target = role.Name, *t
	if w.every {
		w.result.Signers = w.agreeing(role, t)
	}
	if t.Hashes.SHA256 == nil && t.Hashes.SHA512 == nil {
		w.result.Problem = problem(model.ProblemHash, role.Name, "%s states no SHA-256 or SHA-512 for %q", role.Name, clip(t.Name))
		w.result.Reason = w.result.Problem.Text + ", and clients need one"
		return
	}
	w.result.OK, w.result.Reason = true, fmt.Sprintf("%s lists it and verifies", role.Name)
}

// agreeing lists the other roles that state the same content and may.
func (w *walk) agreeing(but *model.Role, t *model.Target) []model.RoleName {
	var out []model.RoleName
	for i := range w.Roles {
		role := &w.Roles[i]
		if role == but || !role.Name.Delegation() || !role.Usable() {
			continue
		}
		if same := findTarget(role.Targets, t.Name); same != nil && same.Length == t.Length && same.Hashes.Equal(t.Hashes) && permitted(role, w.target) {
			out = append(out, role.Name)
		}
	}
	return out
}

// permitted reports whether a delegation to a role that holds is for a target.
func permitted(role *model.Role, t target) bool {
	if role.Name == model.RoleTargets {
		return true
	}
	for i := range role.Parents {
		if len(role.Grants) > 0 && !role.Grants[i].Met {
			continue
		}
		if _, ok := matches(&role.Parents[i], t); ok {
			return true
		}
	}
	return false
}

// findTarget finds a target in a sorted list; nil where it is not there.
func findTarget(targets []model.Target, name string) *model.Target {
	i, ok := slices.BinarySearchFunc(targets, name, func(t model.Target, name string) int { return cmp.Compare(t.Name, name) })
	if !ok {
		return nil
	}
	return &targets[i]
}

// Search follows the delegations to a target, as clients do.
func (d Dialect) Search(r *model.Repository, path string) model.Search {
	if p := d.Refusal(r); p != nil {
		reason := "clients refuse the whole repository: " + p.Text
		return model.Search{Path: path, Resolution: model.Resolution{Tag: path, Problem: p, Reason: reason}}
	}
	w := newSearcher(r).find(path, true)
	return model.Search{Path: path, Steps: w.steps, Resolution: w.result}
}

// Resolve is what comes of a search.
func (d Dialect) Resolve(r *model.Repository, name string) model.Resolution {
	return d.Search(r, name).Resolution
}

// Tags lists the targets of every role, sorted by name: one for each content that a name
// stands for, the one that clients find first.
func (d Dialect) Tags(r *model.Repository) []model.Tag {
	type place struct {
		target *model.Target
		role   *model.Role
	}
	var places []place
	for i := range r.Roles {
		for j := range r.Roles[i].Targets {
			places = append(places, place{&r.Roles[i].Targets[j], &r.Roles[i]})
		}
	}
	slices.SortStableFunc(places, func(a, b place) int { return cmp.Compare(a.target.Name, b.target.Name) })
	s, refused := newSearcher(r), d.Refusal(r) != nil
	tags := make([]model.Tag, 0, len(places))
	for len(places) > 0 {
		first, name := len(tags), places[0].target.Name
		t := newTarget(name)
		for len(places) > 0 && places[0].target.Name == name {
			p := places[0]
			places = places[1:]
			tag := tagWith(&tags, first, p.target)
			if p.role.Usable() && permitted(p.role, t) {
				tag.Roles = append(tag.Roles, p.role.Name)
			} else {
				tag.Unusable = append(tag.Unusable, p.role.Name)
			}
		}
		if !refused {
			s.markFound(name, tags[first:])
		}
	}
	return tags
}

// tagWith finds or adds the tag from index first on with the content of t.
func tagWith(tags *[]model.Tag, first int, t *model.Target) *model.Tag {
	for i := first; i < len(*tags); i++ {
		if have := &(*tags)[i]; have.Length == t.Length && have.Hashes.Equal(t.Hashes) {
			return have
		}
	}
	*tags = append(*tags, model.Tag{Name: t.Name, Length: t.Length, Hashes: t.Hashes})
	return &(*tags)[len(*tags)-1]
}

// markFound marks the content that clients find and puts it first.
func (s *searcher) markFound(name string, same []model.Tag) {
	w := s.find(name, false)
	if !w.result.OK {
		return
	}
	for i := range same {
		if slices.Contains(same[i].Roles, w.result.Role) {
			same[i].Pulled = true
			same[0], same[i] = same[i], same[0]
			return
		}
	}
}
