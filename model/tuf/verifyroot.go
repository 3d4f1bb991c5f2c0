package tuf

import (
	"bytes"
	"slices"

	"trustdeck/model"
	"trustdeck/model/dialect"
)

// verifyRoot walks from the root that is trusted to the current one, and decides which gives
// the keys. Where a step fails, what does not follow is shown, and the keys are those of the
// last root that does: what they have signed is still genuine.
func (v *verification) verifyRoot() model.Role {
	start, shown := v.start(), v.last()
	role := model.Role{Name: model.RoleRoot, Short: string(model.RoleRoot), State: model.RoleVerified}
	if start == nil {
		e := v.named
		if e.absent() && v.roots[1] != nil && !v.roots[1].absent() {
			e = v.roots[1]
		}
		v.file(&role, e)
		v.lostAnchors()
		model.SortProblems(role.Problems)
		return role
	}
	problems := v.anchorRoot(start)
	current, walked, broken := shown, []int64(nil), []model.Problem(nil)
	begins := v.begins(start)
	if begins {
		current, walked, broken = v.walk(start, shown.file.Version)
		v.unfinished(current, broken)
	}
	if broken == nil {
		broken = v.beyond(shown)
	} else {
		shown = v.version(current.file.Version + 1)
	}
	problems = append(problems, broken...)
	if len(problems) == 0 {
		v.out.Anchor.Walked = walked
	}
	a := v.over(shown, model.RoleRoot)
	role = v.role(model.RoleRoot, a)
	v.root, v.trusted = current, begins && v.sound(current)
	if v.trusted && shown != current {
		role.Replaces = current.raw
	} else if v.trusted && asksMore(shown.file) {
		role.Replaces = v.preceding(shown, walked)
	}
	v.file(&role, shown)
	t := a.count(shown.file)
	role.Signatures, role.Valid = t.signatures, t.valid
	role.Problems = append(role.Problems, a.problems(model.RoleRoot, t)...)
	role.Problems = append(role.Problems, problems...)
	if v.trusted && len(problems) == 0 {
		v.seen.accepted = shown
		v.seen.afresh = v.afresh(shown)
	}
	v.conclude(&role)
	v.recall(&role, shown)
	return role
}

// over is what a root says of a role, with what those before it said.
func (v *verification) over(root *entry, role model.RoleName) authority {
	a := root.over(role)
	for _, e := range v.former {
		a.former = append(a.former, e.over(role))
	}
	return a
}

// begins reports whether a walk can begin with a root: it was trusted before, or stands by its
// own keys. From another one nothing follows, and the newest root is shown as it is.
func (v *verification) begins(start *entry) bool { return v.newest() != nil || own(start) == nil }

// sound reports whether a root can give the keys: it satisfies the pin, and there is
// something to trust it by.
func (v *verification) sound(root *entry) bool {
	return (v.newest() != nil || v.pinned() || !v.cfg.NoFirstUse) && v.self(root) == nil
}

func (v *verification) pinned() bool { return v.cfg.Pin.Pattern != "" }

// walk verifies root after root, each by the keys of the one before and by its own. It
// returns the last that stands, the versions on the way, and why the next does not.
func (v *verification) walk(from *entry, to int64) (last *entry, walked []int64, broken []model.Problem) {
	last, walked = from, []int64{from.file.Version}
	for n := from.file.Version + 1; n <= to; n++ {
		next := v.version(n)
		if p := succeeds(last, next); p != nil {
			return last, walked, []model.Problem{*p}
		}
		v.former = append(v.former, last)
		last = next
		walked = append(walked, n)
	}
	return last, walked, nil
}

// unfinished tells a root that others have yet to sign from one that replaces the last without
// its keys: tuf-on-ci gives it an empty signature of each who is asked.
func (v *verification) unfinished(last *entry, broken []model.Problem) {
	next := v.version(last.file.Version + 1)
	if !v.cfg.Working || next == nil || !asksMore(next.file) {
		return
	}
	for i := range broken {
		if broken[i].Code == model.ProblemRootReplaced {
			broken[i].Code = model.ProblemThreshold
		}
	}
}

// preceding is the root before a trusted one: where the walk led over it, or where those have
// signed it who must sign the trusted one. Another one could list further keys to pass for it.
func (v *verification) preceding(root *entry, walked []int64) []byte {
	n := root.file.Version - 1
	before := v.version(n)
	a := root.over(model.RoleRoot)
	if before == nil || !slices.Contains(walked, n) && !a.met(a.count(before.file)) {
		return nil
	}
	return before.raw
}

// asksMore reports whether somebody is asked to sign a file who has not.
func asksMore(f *File) bool {
	return slices.ContainsFunc(f.Signatures, func(s dialect.Signature) bool { return len(s.Sig) == 0 })
}

// succeeds checks one step of a walk (TUF 5.3.4 and 5.3.5).
func succeeds(prev, next *entry) *model.Problem {
	if next.file.Version != prev.file.Version+1 {
		return problem(model.ProblemVersion, model.RoleRoot, "root %d does not come directly after root %d", next.file.Version, prev.file.Version)
	}
	return follows(prev, next)
}

// follows checks that a root is signed by enough root keys of an earlier one, and of its own.
func follows(prev, next *entry) *model.Problem {
	old := prev.over(model.RoleRoot)
	if t := old.count(next.file); !old.met(t) {
		return problem(model.ProblemRootReplaced, model.RoleRoot,
			"root %d has %s from the keys of root %d, which requires %d", next.file.Version, model.Count(t.valid, "valid signature"), prev.file.Version, old.edge.Threshold)
	}
	return own(next)
}

// own checks a root by its own keys.
func own(root *entry) *model.Problem {
	a := root.over(model.RoleRoot)
	if t := a.count(root.file); !a.met(t) {
		return problem(model.ProblemThreshold, model.RoleRoot, "root %d has %s from its own keys; it needs %d", root.file.Version, model.Count(t.valid, "valid signature"), a.edge.Threshold)
	}
	return nil
}

// self checks a root by its own keys, narrowed to those that the pin allows.
func (v *verification) self(root *entry) *model.Problem {
	if !v.pinned() {
		return own(root)
	}
	a := root.over(model.RoleRoot)
	a.edge.KeyIDs = slices.DeleteFunc(slices.Clone(a.edge.KeyIDs), func(id model.KeyID) bool {
		return !slices.Contains(v.cfg.Pin.Certs, id)
	})
	if len(a.edge.KeyIDs) == 0 {
		return problem(model.ProblemPin, model.RoleRoot, "root %d has none of the keys pinned for %s", root.file.Version, v.cfg.Pin.Pattern)
	}
	if t := a.count(root.file); !a.met(t) {
		return problem(model.ProblemPin, model.RoleRoot, "root %d has %s from the keys pinned for %s; it needs %d", root.file.Version, model.Count(t.valid, "valid signature"), v.cfg.Pin.Pattern, a.edge.Threshold)
	}
	return nil
}

// beyond looks at the answer to the question for a root after the last one.
func (v *verification) beyond(last *entry) []model.Problem {
	n := last.file.Version + 1
	e := v.roots[n]
	switch {
	case e == nil:
		if start := v.start(); n-start.file.Version > MaxRootVersions {
			v.note(model.ProblemLimit, model.Warning, "root %d is %d versions after the starting root, the most that clients read at once: there may be newer roots", last.file.Version, MaxRootVersions)
		}
		return nil
	case e.absent():
		return nil
	case e.fault != nil:
		p := problem(model.ProblemUnavailable, model.RoleRoot, "whether there is a root %d could not be read: %s", n, e.fault.Text)
		p.Fault = e.fault
		return []model.Problem{*p}
	case e.parse != nil:
		return []model.Problem{*problem(e.parse.Code, model.RoleRoot, "root %d, which follows the one shown, is not readable: %s", n, e.parse.Text)}
	default:
		return []model.Problem{*problem(model.ProblemVersion, model.RoleRoot, "the file of root %d states version %d", n, e.file.Version)}
	}
}

// anchorRoot finds what the trust in the root rests on at which the walk begins. The
// problems that it returns mean that the root is not trusted.
func (v *verification) anchorRoot(start *entry) []model.Problem {
	v.lostAnchors()
	var problems []model.Problem
	anchor := &v.out.Anchor
	newest := v.newest()
	switch {
	case newest != nil:
		*anchor = model.Anchor{Kind: newest.Kind, Source: newest.Source, Version: newest.file.Version}
		v.agree(newest)
	case v.pinned():
	case v.cfg.NoFirstUse:
		return []model.Problem{*problem(model.ProblemPin, model.RoleRoot, "nothing is pinned for %s, and trust on first use is off", v.cfg.GUN)}
	default:
		*anchor = model.Anchor{Kind: v.cfg.FirstUse, Version: start.file.Version}
		v.incomplete(start)
	}
	if v.pinned() {
		anchor.Kind, anchor.Source = model.AnchorPin, v.cfg.Pin.Pattern
	}
	for _, id := range start.file.Delegation(model.RoleRoot).KeyIDs {
		if key := start.ring.get(id); key != nil {
			anchor.Keys = append(anchor.Keys, key.canonical)
		}
	}
	if p := own(start); p != nil && start != v.last() {
		problems = append(problems, *p)
	}
	if p := v.self(v.last()); p != nil && v.pinned() {
		problems = append(problems, *p)
	}
	return problems
}

// incomplete notes that the history of a root that is believed begins late, and files of it
// that do not agree.
func (v *verification) incomplete(start *entry) {
	for name, e := range map[string]*entry{"1.root.json": v.roots[1], "root.json": v.named} {
		if e != nil && e.parse != nil {
			v.note(e.parse.Code, model.Warning, "%s is not readable: %s", name, e.parse.Text)
		}
	}
	if v.named.ok() {
		if e := v.version(v.named.file.Version); e != nil && e.sum != v.named.sum {
			v.note(model.ProblemHash, model.Warning, "root.json differs from %d.root.json", v.named.file.Version)
		}
	}
	if start == v.named && start.file.Version > 1 {
		v.note(model.ProblemMissing, model.Notice, "some roots before version %d are missing, so trustdeck trusts it without checking it against them; clients that start from an older root can't update", start.file.Version)
	}
}

// lostAnchors notes every anchor that is there and cannot be read: the root could not be
// compared with it, and must not take its place.
func (v *verification) lostAnchors() {
	for _, a := range v.lost {
		v.seen.disputed = true
		if a.Kind == model.AnchorOwn {
			v.note(model.ProblemMemory, model.Failure, "the record of what was seen before, %s, is damaged, so a rollback or a replaced root would go unnoticed", a.Source)
			continue
		}
		v.note(model.ProblemAnchors, model.Failure, "the root known from %s is damaged, so the root could not be compared with it", a.Source)
	}
}

// agree notes every further anchor from which the newest does not descend.
func (v *verification) agree(newest *anchorRoot) {
	for i := range v.anchors {
		a := &v.anchors[i]
		if p := v.descends(a.entry, newest.entry); a != newest && p != nil {
			v.seen.disputed = true
			v.note(model.ProblemAnchors, model.Failure, "root %d, known from %s, does not descend from root %d, known from %s: %s",
				newest.file.Version, newest.Source, a.file.Version, a.Source, p.Text)
		}
		if own := &v.anchors[i]; newest.Restored && own.Kind == model.AnchorOwn && own.file.Version < newest.file.Version {
			v.note(model.ProblemAnchors, model.Warning, "root %d, known from %s, is newer than root %d, known from %s, and replaces it",
				newest.file.Version, newest.Source, own.file.Version, own.Source)
		}
	}
}

// descends says why a root does not descend from an earlier one, step by step over the
// versions between them; nil where it does.
func (v *verification) descends(from, to *entry) *model.Problem {
	switch {
	case bytes.Equal(from.raw, to.raw) || from.file.Version == to.file.Version && from.digest() == to.digest():
		return nil
	case to.file.Version < from.file.Version:
		return problem(model.ProblemRollback, model.RoleRoot, "root is version %d, but version %d was trusted before", to.file.Version, from.file.Version)
	case to.file.Version == from.file.Version:
		if follows(from, to) == nil {
			return problem(model.ProblemEquivocation, model.RoleRoot, "root has two validly signed contents for version %d: a different one was trusted before", to.file.Version)
		}
		return problem(model.ProblemRootReplaced, model.RoleRoot, "root %d replaces root %d, which was trusted before, but is not signed by its keys", to.file.Version, from.file.Version)
	}
	prev := from
	for n := from.file.Version + 1; n < to.file.Version; n++ {
		next := v.version(n)
		if next == nil {
			return problem(model.ProblemRootReplaced, model.RoleRoot, "root %d, between the trusted root %d and the current one, is missing", n, from.file.Version)
		}
		if p := succeeds(prev, next); p != nil {
			return p
		}
		prev = next
	}
	return succeeds(prev, to)
}
