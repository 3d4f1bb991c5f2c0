package docker

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"trustdeck/model"
	"trustdeck/model/notary"
)

// pullOrder is where docker pull looks for a tag: a name that is in neither
// role, or only in another delegation, is not found (notary-v1, 4.5).
var pullOrder = []model.RoleName{Releases, model.RoleTargets}

// Tags lists every target of every role, sorted by name: one Tag for each
// content that a name stands for, the one that docker pull takes first.
func Tags(r *model.Repository) []model.Tag {
	type place struct {
		name         string
		role, target int
	}
	var places []place
	for i := range r.Roles {
		for j := range r.Roles[i].Targets {
			places = append(places, place{r.Roles[i].Targets[j].Name, i, j})
		}
	}
	slices.SortStableFunc(places, func(a, b place) int { return cmp.Compare(a.name, b.name) })

	reached, refused := notary.Reached(r), notary.Refusal(r) != nil
	permitted := make([]notary.Prefixes, len(r.Roles))
	for i := range r.Roles {
		permitted[i] = notary.NewPrefixes(r.Roles[i].Effective)
	}
	tags := make([]model.Tag, 0, len(places))
	for len(places) > 0 {
		n := 1
		for n < len(places) && places[n].name == places[0].name {
			n++
		}
		first := len(tags)
		for _, p := range places[:n] {
			role := &r.Roles[p.role]
			target := &role.Targets[p.target]
			tag := tagWith(&tags, first, target)
			if reached[role.Name] && permitted[p.role].Permits(target.Name) {
				tag.Roles = append(tag.Roles, role.Name)
			} else {
				tag.Unusable = append(tag.Unusable, role.Name)
			}
		}
		if !refused {
			markPulled(tags[first:])
		}
		places = places[n:]
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

// markPulled marks the content that docker pull takes and puts it first.
func markPulled(same []model.Tag) {
	for _, name := range pullOrder {
		for i := range same {
			if !slices.Contains(same[i].Roles, name) {
				continue
			}
			same[i].Pulled = len(same[i].Hashes.SHA256) == 32
			same[0], same[i] = same[i], same[0]
			return
		}
	}
}

// Resolve says what "docker pull REPO:tag" with content trust makes of a tag,
// or why it fails.
func Resolve(r *model.Repository, tag string) model.Resolution { return Search(r, tag).Resolution }

// Search looks for a tag as docker pull does: in targets/releases, then in targets.
func Search(r *model.Repository, tag string) model.Search {
	s := model.Search{Path: tag, Resolution: model.Resolution{Tag: tag}}
	res := &s.Resolution
	if p := notary.Refusal(r); p != nil {
		res.Problem = p
		res.Reason = "clients refuse the whole repository: " + p.Text
		return s
	}
	reached := notary.Reached(r)
	var passed []string
	for _, name := range pullOrder {
		role := r.Role(name)
		if role == nil {
			continue
		}
		target := find(role, tag)
		outcome, reason := considered(role, target, reached[name])
		step := model.SearchStep{Edge: model.Delegation{From: role.Parent(), Name: name}, Outcome: outcome, Reason: reason}
		if len(role.Parents) > 0 {
			step.Edge = role.Parents[0]
		}
		s.Steps = append(s.Steps, step)
		switch {
		case outcome == model.SearchFound:
			resolve(r, res, reached, role, target, passed)
			return s
		case target != nil:
			passed = append(passed, reason)
			if !reached[name] {
				res.Problem = worst(role)
			}
		}
	}
	res.Reason = whyNot(r, tag, passed)
	return s
}

// considered says what docker pull makes of a role, and of the target that it lists; nil
// where it lists none.
func considered(role *model.Role, target *model.Target, reached bool) (model.SearchOutcome, string) {
	switch {
	case target == nil && !reached:
		return model.SearchPassed, fmt.Sprintf("%s is skipped because it is %s", role.Name, role.Condition())
	case target == nil:
		return model.SearchAbsent, fmt.Sprintf("%s does not list it", role.Name)
	case !reached:
		return model.SearchPassed, fmt.Sprintf("%s lists it, and is skipped because it is %s", role.Name, role.Condition())
	case !notary.NewPrefixes(role.Effective).Permits(target.Name):
		return model.SearchPassed, fmt.Sprintf("%s lists it, but is not allowed to", role.Name)
	default:
		return model.SearchFound, fmt.Sprintf("%s lists it and verifies", role.Name)
	}
}

// resolve takes the target of the role that decides.
func resolve(r *model.Repository, res *model.Resolution, reached map[model.RoleName]bool, role *model.Role, target *model.Target, passed []string) {
	res.Role, res.Target, res.Problem = role.Name, *target, nil
	res.Signers = agreeing(r, reached, target)
	if len(target.Hashes.SHA256) != 32 {
		res.Problem = &model.Problem{
			Code: model.ProblemHash, Severity: model.Failure, Role: role.Name, Text: fmt.Sprintf("%s states no SHA-256 for %q", role.Name, target.Name),
		}
		res.Reason = res.Problem.Text + ", which docker pull needs"
		return
	}
	res.OK = true
	res.Reason = strings.Join(append(passed, fmt.Sprintf("%s lists it and verifies", role.Name)), "; ")
}

func worst(role *model.Role) *model.Problem {
	if len(role.Problems) == 0 {
		return nil
	}
	return &role.Problems[0]
}

func find(role *model.Role, tag string) *model.Target {
	if role == nil {
		return nil
	}
	i, ok := slices.BinarySearchFunc(role.Targets, tag, func(t model.Target, name string) int { return cmp.Compare(t.Name, name) })
	if !ok {
		return nil
	}
	return &role.Targets[i]
}

// agreeing lists the other roles that state the same content for a target:
// Docker calls them its signers.
func agreeing(r *model.Repository, reached map[model.RoleName]bool, t *model.Target) []model.RoleName {
	var out []model.RoleName
	for i := range r.Roles {
		role := &r.Roles[i]
		if role.Name == model.RoleTargets || role.Name == Releases || !reached[role.Name] || !notary.NewPrefixes(role.Effective).Permits(t.Name) {
			continue
		}
		if same := find(role, t.Name); same != nil && same.Length == t.Length && same.Hashes.Equal(t.Hashes) {
			out = append(out, role.Name)
		}
	}
	return out
}

func whyNot(r *model.Repository, tag string, passed []string) string {
	if len(passed) > 0 {
		return strings.Join(passed, "; ")
	}
	for i := range r.Roles {
		if role := &r.Roles[i]; find(role, tag) != nil {
			return fmt.Sprintf("only %s lists it, but docker pull looks only in targets/releases and targets", role.Name)
		}
	}
	return "no role lists it"
}
