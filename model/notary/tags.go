package notary

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"

	"trustdeck/model"
)

// pullOrder is where docker pull looks for a tag: a name that is in neither
// role, or only in another delegation, is not found (notary-v1, 4.5).
var pullOrder = []model.RoleName{model.RoleReleases, model.RoleTargets}

// Refusal is the problem for which clients refuse the repository as a whole,
// or nil. They insist on the four top-level roles. They go on without a
// delegation that expired or lacks signatures, and stop at any other fault of
// one that they get to: missing, altered or unreadable (notary-v1, 4.4).
func Refusal(r *model.Repository) *model.Problem {
	for _, name := range []model.RoleName{model.RoleRoot, model.RoleTimestamp, model.RoleSnapshot, model.RoleTargets} {
		role := r.Role(name)
		if role == nil {
			return problem(model.ProblemMissing, name, "there is no file for %s", name)
		}
		if !role.Usable() {
			return failure(role)
		}
	}
	for i := range r.Problems {
		if r.Problems[i].Severity == model.Failure {
			return &r.Problems[i]
		}
	}
	reached := newReach(r)
	for i := range r.Roles {
		role := &r.Roles[i]
		if role.Name.Delegation() && reached[role.Name.Parent()] && !passedOver(role) {
			return failure(role)
		}
	}
	return nil
}

// failure is the worst problem of a role that is not usable.
func failure(role *model.Role) *model.Problem {
	for i := range role.Problems {
		if role.Problems[i].Severity == model.Failure {
			return &role.Problems[i]
		}
	}
	return problem(model.ProblemUnverified, role.Name, "%s is %s", role.Name, condition(role))
}

// passedOver reports whether clients go on after they met a delegation.
func passedOver(role *model.Role) bool {
	if has(role, model.ProblemNotInSnapshot) && !has(role, model.ProblemDropped) {
		return true // they do not get to a file that the snapshot does not list
	}
	switch role.State {
	case model.RoleVerified, model.RoleUnpublished:
		return true
	case model.RoleBroken:
		for _, p := range role.Problems {
			if p.Severity == model.Failure && p.Code != model.ProblemThreshold && p.Code != model.ProblemExpired {
				return false
			}
		}
		return true
	default:
		return false
	}
}

func has(role *model.Role, code model.ProblemCode) bool {
	return slices.ContainsFunc(role.Problems, func(p model.Problem) bool { return p.Code == code })
}

// A reach tells which roles a client gets to and believes.
type reach map[model.RoleName]bool

func newReach(r *model.Repository) reach {
	out := reach{}
	for i := range r.Roles {
		role := &r.Roles[i]
		if role.Name.HoldsTargets() {
			// Roles stand in pre-order, so the parent is decided already.
			out[role.Name] = role.Usable() && (role.Name == model.RoleTargets || out[role.Name.Parent()])
		}
	}
	return out
}

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

	reached, refused := newReach(r), Refusal(r) != nil
	permitted := make([]prefixes, len(r.Roles))
	for i := range r.Roles {
		permitted[i] = newPrefixes(r.Roles[i].Effective)
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
			if reached[role.Name] && permitted[p.role].permits(target.Name) {
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
		if have := &(*tags)[i]; have.Length == t.Length && sameHashes(have.Hashes, t.Hashes) {
			return have
		}
	}
	*tags = append(*tags, model.Tag{Name: t.Name, Length: t.Length, Hashes: t.Hashes})
	return &(*tags)[len(*tags)-1]
}

func sameHashes(a, b model.Hashes) bool {
	return bytes.Equal(a.SHA256, b.SHA256) && bytes.Equal(a.SHA512, b.SHA512)
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
func Resolve(r *model.Repository, tag string) model.Resolution {
	res := model.Resolution{Tag: tag}
	if p := Refusal(r); p != nil {
		res.Problem = p
		res.Reason = "clients refuse the whole repository: " + p.Text
		return res
	}
	reached := newReach(r)
	var passed []string
	for _, name := range pullOrder {
		role := r.Role(name)
		target := find(role, tag)
		if target == nil {
			continue
		}
		if !reached[name] {
			res.Problem = worst(role)
			passed = append(passed, fmt.Sprintf("%s lists it, and is passed over because it is %s", name, condition(role)))
			continue
		}
		if !permits(role.Effective, tag) {
			passed = append(passed, fmt.Sprintf("%s lists it, and is not allowed to", name))
			continue
		}
		res.Role, res.Target = name, *target
		if len(target.Hashes.SHA256) != 32 {
			res.Problem = problem(model.ProblemHash, name, "%s states no SHA-256 for %q", name, tag)
			res.Reason = res.Problem.Text + ", which docker pull needs"
			res.Signers = agreeing(r, reached, target)
			return res
		}
		res.OK, res.Problem = true, nil
		res.Signers = agreeing(r, reached, target)
		res.Reason = strings.Join(append(passed, fmt.Sprintf("%s lists it and verifies", name)), "; ")
		return res
	}
	res.Reason = whyNot(r, tag, passed)
	return res
}

func condition(role *model.Role) string {
	if role.State == model.RoleVerified && role.Expired {
		return "expired"
	}
	return role.State.String()
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
func agreeing(r *model.Repository, reached reach, t *model.Target) []model.RoleName {
	var out []model.RoleName
	for i := range r.Roles {
		role := &r.Roles[i]
		if role.Name == model.RoleTargets || role.Name == model.RoleReleases || !reached[role.Name] || !permits(role.Effective, t.Name) {
			continue
		}
		if same := find(role, t.Name); same != nil && same.Length == t.Length && sameHashes(same.Hashes, t.Hashes) {
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
			return fmt.Sprintf("only %s lists it, and docker pull looks in targets/releases and targets alone", role.Name)
		}
	}
	return "no role lists it"
}
