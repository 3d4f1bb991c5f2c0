package tuf

import (
	"slices"

	"trustdeck/model"
)

// An edge is one delegation to a role, with what came of checking the role's file by it.
type edge struct {
	authority
	tally tally
	// met is true where enough keys have signed, and granted where the delegator is trusted
	// besides.
	met, granted bool
}

// delegations verifies all that is reached from targets, in pre-order. Trust belongs to the
// edge: a role is trusted where one of the delegations to it holds whose delegator is
// trusted itself.
func (v *verification) delegations(sound bool) {
	order := v.preOrder()
	edges := v.edgesTo(order)
	fit := v.fit(order)
	trusted := map[model.RoleName]bool{model.RoleTargets: sound}
	from := map[model.RoleName][]*edge{}
	for _, to := range edges {
		for _, e := range to {
			from[e.edge.From] = append(from[e.edge.From], e)
		}
	}
	for queue := []model.RoleName{model.RoleTargets}; len(queue) > 0 && sound; queue = queue[1:] {
		for _, e := range from[queue[0]] {
			e.granted = e.met
			if to := e.edge.Name; e.granted && fit[to] && !trusted[to] {
				trusted[to] = true
				queue = append(queue, to)
			}
		}
	}
	for i, name := range order {
		if i == MaxOpinions {
			v.out.Roles = slices.Grow(v.out.Roles, len(order)+2) // with snapshot and timestamp
		}
		v.delegation(name, edges[name])
		delete(edges, name)
	}
}

// preOrder lists the delegations in the order in which a search for a target meets them,
// each once.
func (v *verification) preOrder() []model.RoleName {
	var order []model.RoleName
	seen := map[model.RoleName]bool{model.RoleTargets: true}
	passed := model.RoleName("")
	push := func(stack []model.RoleName, of model.RoleName) []model.RoleName {
		e := v.got[of]
		if !e.ok() {
			return stack
		}
		for i := len(e.edges) - 1; i >= 0; i-- {
			switch name := e.edges[i].Name; {
			case v.followed[name] == 0:
				passed = name
			case !seen[name]:
				stack = append(stack, name)
			}
		}
		return stack
	}
	stack := push(nil, model.RoleTargets)
	for len(stack) > 0 {
		name := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if !seen[name] {
			seen[name] = true
			order = append(order, name)
			stack = push(stack, name)
		}
	}
	if passed != "" {
		v.note(model.ProblemLimit, model.Warning, "like clients, trustdeck reads at most %d delegations, none more than %d steps from targets: %s is skipped", MaxRoles, MaxVisited, passed)
	}
	return order
}

// edgesTo gathers the delegations to each role, and checks its file by each.
func (v *verification) edgesTo(order []model.RoleName) map[model.RoleName][]*edge {
	edges := make(map[model.RoleName][]*edge, len(order))
	for i := -1; i < len(order); i++ {
		from := model.RoleTargets
		if i >= 0 {
			from = order[i]
		}
		delegator := v.got[from]
		if !delegator.ok() {
			continue
		}
		for j := range delegator.edges {
			d := delegator.edges[j]
			if have := edges[d.Name]; len(have) > 0 && have[len(have)-1].edge.From == from {
				continue // the first of several that one file has counts
			}
			e := &edge{authority: authority{ring: delegator.ring, edge: d}}
			if file := v.got[d.Name]; file.ok() {
				e.tally = e.count(file.file)
				e.met = e.authority.met(e.tally)
			}
			edges[d.Name] = append(edges[d.Name], e)
		}
	}
	return edges
}

// fit tells of each role whether its file is the one that the snapshot lists, whoever has
// signed it.
func (v *verification) fit(order []model.RoleName) map[model.RoleName]bool {
	out := make(map[model.RoleName]bool, len(order))
	snapshot := v.got[model.RoleSnapshot]
	for _, name := range order {
		e := v.got[name]
		switch {
		case !e.ok() || e.missed != nil:
		case !snapshot.ok():
			out[name] = true
		default:
			listed := snapshot.file.Entry(name)
			out[name] = listed != nil && e.is(listed) || v.ahead(name, e.file.Version, listed)
		}
	}
	return out
}

// delegation verifies one role by the delegations to it.
func (v *verification) delegation(name model.RoleName, edges []*edge) {
	first := edges[0]
	role := v.role(name, first.authority)
	e, snapshot := v.got[name], v.got[model.RoleSnapshot]
	granted := 0
	for i, by := range edges {
		if i > 0 {
			role.Parents = append(role.Parents, by.edge)
		}
		if by.granted {
			granted++
		}
	}
	if len(edges) > 1 {
		for _, by := range edges {
			role.Grants = append(role.Grants, model.Grant{Valid: by.tally.valid, Met: by.granted})
		}
	}
	switch listed := snapshot.ok() && snapshot.file.Entry(name) != nil; {
	case snapshot.ok() && !listed && e.absent():
		role.State = model.RoleMissing
		v.add(&role, model.ProblemNotInSnapshot, model.Failure, "the snapshot does not list %s; a search that reaches it fails", name)
		v.recallDropped(&role)
	case v.file(&role, e):
		v.signed(&role, edges, granted)
		v.listed(&role, e, snapshot)
		for i := range edges {
			if role.Ahead && role.Replaces == nil {
				role.Replaces = v.replaced(name, edges[i].authority)
			}
		}
		v.outside(&role)
	}
	v.conclude(&role)
	v.recall(&role, e)
	v.opinion.onDelegation(&role)
	v.out.Roles = append(v.out.Roles, role)
}

// signed notes what each of the delegations makes of the signatures.
func (v *verification) signed(role *model.Role, edges []*edge, granted int) {
	best := edges[0]
	for _, e := range edges {
		if e.granted && !best.granted {
			best = e
		}
	}
	role.Signatures, role.Valid = best.tally.signatures, best.tally.valid
	role.Problems = append(role.Problems, best.problems(role.Name, best.tally)...)
	for _, e := range edges {
		switch {
		case e.granted || e == best && !e.met:
		case !e.met && granted > 0:
			v.add(role, model.ProblemThreshold, model.Warning,
				"%s has %s of the %d that %s requires: clients that reach it through %s refuse it, unless they have read it another way (T9)", role.Name,
				model.Count(e.tally.valid, "valid signature"), e.edge.Threshold, e.edge.From, e.edge.From)
		case !e.met:
			v.add(role, model.ProblemThreshold, model.Failure, "%s has %s of the %d that %s requires", role.Name, model.Count(e.tally.valid, "valid signature"), e.edge.Threshold, e.edge.From)
		case granted == 0:
			v.add(role, model.ProblemUnverified, model.Failure, "%s cannot be verified because %s is not trusted", role.Name, e.edge.From)
		}
	}
}

// outside notes targets that a role lists and no delegation to it is for: clients do not
// look for them there.
func (v *verification) outside(role *model.Role) {
	n, first := 0, ""
	for i := range role.Targets {
		name := role.Targets[i].Name
		if v.matching <= 0 {
			return
		}
		if !v.permits(role, name) {
			if n == 0 {
				first = name
			}
			n++
		}
	}
	if n > 0 {
		v.add(role, model.ProblemPath, model.Warning, "%s lists %s that no delegation to it covers, for example %q; clients don't find them there", role.Name, model.Count(n, "target"), clip(first))
	}
}

func (v *verification) permits(role *model.Role, name string) bool {
	t := newTarget(name)
	for i := range role.Parents {
		v.matching -= cost(&role.Parents[i], t)
		if _, ok := matches(&role.Parents[i], t); ok {
			return true
		}
	}
	return false
}
