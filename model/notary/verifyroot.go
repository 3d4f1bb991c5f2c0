package notary

import (
	"bytes"
	"fmt"
	"maps"
	"slices"

	"trustdeck/model"
)

// verifyRoot decides which root gives the keys, and whether it is trusted.
func (v *verification) verifyRoot() model.Role {
	e := v.got[model.RoleRoot]
	role := NewRole(model.RoleRoot)
	if e == nil && v.known() != nil {
		// Nothing asked for a newer root: the snapshot lists the one at hand.
		e = v.known()
	}
	if !e.ok() {
		v.file(&role, e, authority{}, nil)
		v.fallBack()
		model.SortProblems(role.Problems)
		return role
	}
	f := e.file
	v.former = maps.Clone(v.ring(f))
	problems := v.anchorRoot(e)
	a := authority{ring: v.ring(f), spec: *f.Delegation(model.RoleRoot), former: keyring{}}
	for id, key := range v.former {
		if !listed(a.spec, id) {
			a.former[id] = key
		}
	}
	role = v.role(model.RoleRoot, a)
	v.file(&role, e, a, a.count)
	role.Problems = append(role.Problems, problems...)
	v.root, v.trusted = f, len(problems) == 0
	if v.trusted {
		v.seen.accepted = e
	}
	v.keys.add(v.ring(f))
	if !v.trusted {
		v.fallBack()
	}
	v.conclude(&role)
	return role
}

func listed(spec model.Delegation, id model.KeyID) bool {
	return slices.Contains(spec.KeyIDs, id)
}

// fallBack takes the keys from the newest root that was trusted before and satisfies
// the pin, where the one at hand is not to be trusted or not there: what is signed by
// the old keys is still genuine, and what is not is not.
func (v *verification) fallBack() {
	var best *entry
	for _, a := range v.anchors {
		if v.pinned() && v.check.self(a.file, true) != nil {
			continue
		}
		if best == nil || a.file.Version > best.file.Version {
			best = a.entry
		}
	}
	if best != nil {
		v.root, v.trusted = best.file, true
		v.keys.add(v.ring(best.file))
	}
}

func (v *verification) pinned() bool { return v.cfg.Pin.Pattern != "" }

// anchorRoot finds what the trust in a root rests on: it must descend from the newest
// root that is known, and satisfy the pin. The problems that it returns mean that the
// root is not trusted.
func (v *verification) anchorRoot(e *entry) []model.Problem {
	v.lostAnchors()
	var problems []model.Problem
	fail := func(p *model.Problem) {
		if p != nil {
			problems = append(problems, *p)
		}
	}
	anchor := &v.out.Anchor
	newest := v.newest()
	if newest != nil {
		walked, p := v.walk(*newest, e)
		*anchor = model.Anchor{Kind: newest.Kind, Source: newest.Source, Version: newest.file.Version, Keys: v.rootKeys(newest.file), Walked: walked}
		fail(p)
		v.agree(newest)
		v.outranked(newest)
	}
	switch {
	case v.pinned():
		if newest == nil {
			anchor.Walked = []int64{e.file.Version}
		}
		anchor.Kind, anchor.Source = model.AnchorPin, v.cfg.Pin.Pattern
	case newest == nil && v.cfg.NoFirstUse:
		return []model.Problem{*problem(model.ProblemPin, model.RoleRoot, "nothing is pinned for %s, and trust on first use is off", v.cfg.GUN)}
	case newest == nil:
		*anchor = model.Anchor{Kind: v.cfg.FirstUse, Version: e.file.Version, Keys: v.rootKeys(e.file), Walked: []int64{e.file.Version}}
	}
	fail(v.check.self(e.file, v.pinned()))
	if len(problems) > 0 {
		anchor.Walked = nil
		return problems
	}
	v.cutOff(e)
	return nil
}

// lostAnchors notes every anchor that is there and cannot be read: the root could not
// be compared with it, and must not take its place.
func (v *verification) lostAnchors() {
	for _, a := range v.lost {
		v.seen.disputed = true
		if a.Kind == model.AnchorOwn {
			v.out.Problems = append(v.out.Problems, *problem(model.ProblemMemory, "", "the record of what was seen before, %s, is damaged, so a rollback or a replaced root would go unnoticed", a.Source))
			continue
		}
		v.out.Problems = append(v.out.Problems, *problem(model.ProblemAnchors, "", "the root known from %s is damaged, so the root could not be compared with it", a.Source))
	}
}

// agree notes every further anchor from which the newest does not descend. An older one
// from which it does is normal: its owner has not looked since.
func (v *verification) agree(newest *anchorRoot) {
	for i := range v.anchors {
		a := &v.anchors[i]
		if a == newest {
			continue
		}
		if _, p := v.walk(*a, newest.entry); p != nil {
			v.seen.disputed = true
			v.out.Problems = append(v.out.Problems, *problem(model.ProblemAnchors, "",
				"root %d, known from %s, does not descend from root %d, known from %s: %s", newest.file.Version, newest.Source, a.file.Version, a.Source, p.Text))
		}
	}
}

// outranked warns where a root that was restored from a backup is newer than what was
// verified here: it takes its place, and nobody vouches for who made the backup.
func (v *verification) outranked(newest *anchorRoot) {
	for i := range v.anchors {
		own := &v.anchors[i]
		if !newest.Restored || own.Kind != model.AnchorOwn || own.file.Version >= newest.file.Version {
			continue
		}
		v.out.Problems = append(v.out.Problems, model.Problem{
			Code: model.ProblemAnchors, Severity: model.Warning,
			Text: fmt.Sprintf("root %d, known from %s, is newer than root %d, known from %s, and replaces it", newest.file.Version, newest.Source, own.file.Version, own.Source),
		})
	}
}

// cutOff warns where the clients of this machine do not get from the root in their trust
// folder to the current one, which was walked to here: from a root that has expired they take
// one that its keys have signed and no other, and from one whose certificates have ended none
// (notary-v1, 4.4).
func (v *verification) cutOff(current *entry) {
	for i := range v.anchors {
		a := &v.anchors[i]
		if a.Kind != model.AnchorTrustDir || a.digest() == current.digest() {
			continue
		}
		var why string
		switch p := v.check.self(a.file, false); {
		case p != nil && p.Code == model.ProblemCertificate:
			why = "its certificates have expired"
		case !a.file.Expires.After(v.cfg.At) && v.check.follows(a.file, current.file) != nil:
			why = fmt.Sprintf("it has expired, and its keys have not signed root %d", current.file.Version)
		default:
			continue
		}
		v.out.Problems = append(v.out.Problems, model.Problem{
			Code: model.ProblemClients, Severity: model.Warning, Role: model.RoleRoot,
			Text:   fmt.Sprintf("notary and docker refuse the repository on this machine: they start from root %d, known from %s, and %s", a.file.Version, a.Source, why),
			Remedy: fmt.Sprintf("compare the fingerprint of root %d with the one its holder gives you, then remove tuf/%s/metadata from the trust folder; both clients then read the repository again", current.file.Version, v.cfg.GUN),
		})
	}
}

// walk verifies a root from an anchor, directly or version by version
// (notary-v1, 4.4, step 4).
func (v *verification) walk(a anchorRoot, e *entry) ([]int64, *model.Problem) {
	from, to := a.file, e.file
	switch {
	case bytes.Equal(a.raw, e.raw):
		return []int64{to.Version}, nil
	case to.Version < from.Version:
		return nil, problem(model.ProblemRollback, model.RoleRoot, "root is version %d, but version %d was trusted before", to.Version, from.Version)
	}
	maps.Copy(v.former, v.ring(from))
	direct := v.check.follows(from, to)
	switch {
	case direct == nil && to.Version == from.Version && a.digest() != e.digest():
		return nil, problem(model.ProblemEquivocation, model.RoleRoot, "root has two validly signed contents for version %d: a different one was trusted before", to.Version)
	case to.Version == from.Version && a.digest() != e.digest():
		return nil, problem(model.ProblemRootReplaced, model.RoleRoot, "root %d replaces root %d, which was trusted before, but is not signed by its keys", to.Version, from.Version)
	case direct == nil:
		return steps(from.Version, to.Version), nil
	}
	walked := []int64{from.Version}
	prev := from
	for n := from.Version + 1; n < to.Version; n++ {
		step := v.roots[n]
		if !step.ok() {
			if step == nil || step.fault != nil {
				return walked, direct
			}
			return walked, problem(model.ProblemRootReplaced, model.RoleRoot, "root %d, between the trusted root %d and the current one, is not readable: %s", n, from.Version, step.parse.Text)
		}
		if step.file.Version != n {
			return walked, problem(model.ProblemRollback, model.RoleRoot, "the file of root %d states version %d", n, step.file.Version)
		}
		if p := v.follow(prev, step.file, prev == from); p != nil {
			return walked, p
		}
		v.remark(prev, step)
		maps.Copy(v.former, v.ring(step.file))
		prev = step.file
		walked = append(walked, n)
	}
	if len(walked) == 1 {
		return walked, direct
	}
	if p := v.check.follows(prev, to); p != nil {
		return walked, p
	}
	return append(walked, to.Version), nil
}

// steps are the versions from one root to another that it has signed directly: one
// where they are the same.
func steps(from, to int64) []int64 {
	if from == to {
		return []int64{to}
	}
	return []int64{from, to}
}

// follow checks one step of a walk. Clients that walk check every root on the way like
// a new one, and the one that they begin with too.
func (v *verification) follow(prev, next *File, first bool) *model.Problem {
	if first {
		if p := v.check.self(prev, false); p != nil {
			return p
		}
	}
	if p := v.check.follows(prev, next); p != nil {
		return p
	}
	return v.check.self(next, false)
}

// remark notes what is odd about a root of the past that nevertheless stands.
func (v *verification) remark(prev *File, step *entry) {
	f := step.file
	if text := step.parsed.deviation(); text != "" {
		v.note(model.ProblemNotEmission, model.RoleRoot, "root %d is not in Notary's form: %s", f.Version, text)
	}
	a := authority{ring: v.ring(f), spec: *f.Delegation(model.RoleRoot), former: v.former}
	for _, p := range a.problems(model.RoleRoot, a.count(f)) {
		v.note(p.Code, model.RoleRoot, "root %d, after root %d: %s", f.Version, prev.Version, p.Text)
	}
}

func (v *verification) rootKeys(f *File) []model.KeyID {
	ring := v.ring(f)
	var out []model.KeyID
	for _, id := range f.Delegation(model.RoleRoot).KeyIDs {
		out = append(out, ring[id].canonical)
	}
	return out
}
