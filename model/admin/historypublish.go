package admin

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"trustdeck/model"
	"trustdeck/model/dialect"
	"trustdeck/model/history"
	"trustdeck/model/port"
)

// compareRoles orders roles as they are shown: root, targets, delegations, snapshot.
func compareRoles(a, b model.RoleName) int {
	rank := func(name model.RoleName) int {
		switch name {
		case model.RoleRoot:
			return 0
		case model.RoleTargets:
			return 1
		case model.RoleSnapshot:
			return 3
		case model.RoleTimestamp:
			return 4
		default:
			return 2
		}
	}
	return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(a, b))
}

// assemble makes the publishes of what was read.
func (g *dig) assemble(changes []port.Change) {
	a := &assembly{dig: g, root: -1}
	for i, s := range g.states {
		first := i == 0
		a.roots(s, first)
		p := a.publish(s, first)
		if !first || !g.baseline {
			a.add(p)
		}
		a.before, a.root = s, max(a.root, s.root)
	}
	a.rest()
	slices.Reverse(a.publishes)
	if len(g.states) > 0 && g.begins(g.states[0]) {
		// Nothing is lacking from before the beginning.
		g.out.Missing = slices.DeleteFunc(g.out.Missing, func(gap history.Gap) bool {
			return gap.Role == model.RoleSnapshot && gap.Last < g.states[0].version
		})
	}
	g.deletions(a, changes)
	for _, p := range a.publishes {
		if since := g.window.Since; !since.IsZero() && !p.Time.IsZero() && p.Time.Before(since) {
			g.out.More = true
			continue
		}
		if len(g.out.Publishes) == g.window.Most() {
			g.out.More = true
			break
		}
		g.out.Publishes = append(g.out.Publishes, *p)
	}
	g.out.More = g.out.More || g.baseline
	for id := range g.out.Names {
		slices.Sort(g.out.Names[id])
	}
	model.SortProblems(g.out.Problems)
}

// An assembly makes one publish after the other, the oldest first.
type assembly struct {
	*dig
	publishes []*history.Publish
	before    *state
	// root is the index of the root that the publishes have come to; -1 at the beginning.
	root int
	// grants are those of the publish before.
	grants []history.Grant
	// compared is true once there is a publish to compare with.
	compared bool
}

func (a *assembly) add(p *history.Publish) { a.publishes = append(a.publishes, p) }

// datedFile says when a file was published: as the list of changes has it, else when it was stored.
func (g *dig) datedFile(h *held) (time.Time, history.Clock) {
	if at, ok := g.feed[h.sum]; ok && g.service.SourceOf(g.repo.GUN).Kind != model.SourceFolder {
		return at.UTC(), history.ClockFeed
	}
	if at := h.revision.Stored; !at.IsZero() {
		return at.UTC(), history.ClockFile
	}
	return time.Time{}, history.ClockNone
}

// publish makes the publish of a snapshot. Of the first one that was read nothing is known of
// what came before, unless it is the first of all.
func (a *assembly) publish(s *state, first bool) *history.Publish {
	p := &history.Publish{Kind: history.Snapshot, Snapshot: s.version}
	if s.root >= 0 {
		p.Root = a.dig.roots[s.root].revision.Version
	}
	p.Time, p.Clock = a.datedFile(s.snapshot)
	for i, h := range a.stamps[s.snapshot.sum] {
		stamp := history.Stamp{Version: h.revision.Version, SHA256: h.revision.SHA256}
		stamp.Time, stamp.Clock = a.datedFile(h)
		verdict, met := a.judgeStamp(s, h)
		stamp.Signers, stamp.Verified = verdict.Signers, met && len(h.revision.Problems) == 0
		if !stamp.Verified {
			p.Problems = append(p.Problems, failures(verdict, h, fmt.Sprintf("timestamp v%d: ", stamp.Version))...)
		}
		p.Timestamps = append(p.Timestamps, stamp)
		if i == 0 && !stamp.Time.IsZero() {
			p.Time, p.Clock = stamp.Time, stamp.Clock
		}
	}
	p.First = first && a.begins(s)
	a.revisions(p, s, first)
	a.standing(p, s, first)
	p.Verified = s.verified && s.met[model.RoleTargets] && s.root >= 0
	model.SortProblems(p.Problems)
	return p
}

// begins reports whether a snapshot is the first that was ever published: it is version 1, or the
// first timestamp lists it. A client that keeps the key of the snapshot signs versions that it
// does not publish.
func (g *dig) begins(s *state) bool {
	stamps := g.stamps[s.snapshot.sum]
	return !g.baseline && (s.version == 1 || len(stamps) > 0 && stamps[0].revision.Version == 1)
}

// failures are the problems for which a file does not count.
func failures(verdict dialect.Verdict, h *held, before string) []model.Problem {
	problems := slices.Concat(h.revision.Problems, verdict.Problems)
	if len(problems) == 0 {
		problems = []model.Problem{{
			Code: model.ProblemUnverified, Severity: model.Failure, Role: h.revision.Role, Text: "no trusted file says who may sign it",
		}}
	}
	out := slices.Clone(problems)
	for i := range out {
		out[i].Text = before + out[i].Text
	}
	return out
}

// revisions lists the files that changed, and what no longer counts without having changed.
func (a *assembly) revisions(p *history.Publish, s *state, first bool) {
	snapshot := a.revision(s, s.snapshot, nil, s.snapshot.verdicts, s.verified)
	if a.before != nil {
		snapshot.Was = a.before.version
	}
	var names []model.RoleName
	for name := range s.listed {
		if name != model.RoleRoot && name.HoldsTargets() {
			names = append(names, name)
		}
	}
	slices.SortFunc(names, compareRoles)
	var out []history.Revision
	for _, name := range names {
		var was *held
		known := first && a.begins(s)
		if a.before != nil {
			if l, ok := a.before.listed[name]; ok && l == s.listed[name] {
				a.keeps(p, s, name)
				continue
			}
			was, known = a.fileOf(a.before, name), true
		}
		out = append(out, a.fileRevision(s, name, was, known))
	}
	if a.before != nil {
		for name := range a.before.listed {
			if _, ok := s.listed[name]; !ok && name.HoldsTargets() && len(a.issuersOf(s, name)) > 0 {
				p.Problems = append(p.Problems, model.Problem{Code: model.ProblemDropped, Severity: model.Failure, Role: name, Text: fmt.Sprintf("the snapshot no longer lists %s, which is still delegated", name)})
			}
		}
	}
	for i := a.root + 1; i <= s.root && (!first || !a.baseline); i++ {
		p.Revisions = append(p.Revisions, a.rootRevision(i))
	}
	p.Revisions = append(p.Revisions, out...)
	p.Revisions = append(p.Revisions, snapshot)
}

// issuersOf are the files of a state that name a role.
func (a *assembly) issuersOf(s *state, name model.RoleName) []*held {
	var out []*held
	for _, h := range a.issuers(slices.Index(a.states, s), name) {
		if h.policy(name) != "" {
			out = append(out, h)
		}
	}
	return out
}

// keeps notes a file that has not changed and counts no more, or does again.
func (a *assembly) keeps(p *history.Publish, s *state, name model.RoleName) {
	h := a.fileOf(s, name)
	if h == nil || s.met[name] == a.before.met[name] {
		return
	}
	switch {
	case s.met[name]:
		p.Problems = append(p.Problems, model.Problem{Code: model.ProblemThreshold, Severity: model.Notice, Role: name, Text: fmt.Sprintf("%s v%d verifies again", name, h.revision.Version)})
	case len(a.issuersOf(s, name)) > 0:
		p.Problems = append(p.Problems, model.Problem{Code: model.ProblemThreshold, Severity: model.Failure, Role: name, Text: fmt.Sprintf("%s v%d no longer verifies: too few of the keys that may sign it now have signed it", name, h.revision.Version)})
	}
}

// fileRevision describes the file of a targets role; was is the one before, and known tells
// whether it is known what was before.
func (a *assembly) fileRevision(s *state, name model.RoleName, was *held, known bool) history.Revision {
	h := a.fileOf(s, name)
	if h == nil {
		l := s.listed[name]
		r := history.Revision{Role: name, Version: l.version}
		if was != nil {
			r.Was = was.revision.Version
		}
		text := "the file is not kept any more"
		if a.stopped != "" {
			text = "the file was not read"
		}
		r.Problems = []model.Problem{{Code: model.ProblemMissing, Severity: model.Warning, Role: name, Text: text}}
		return r
	}
	by := a.issuersOf(s, name)
	verdicts := map[string]dialect.Verdict{}
	for _, issuer := range by {
		policy := issuer.policy(name)
		verdicts[policy] = h.verdicts[policy]
	}
	r := a.revision(s, h, by, verdicts, s.met[name])
	listed := false
	if a.before != nil {
		_, listed = a.before.listed[name]
	}
	switch {
	case was != nil:
		r.Was = was.revision.Version
		if targets, ok := h.targets[was.sum]; ok {
			r.Compared, r.Targets = true, targets
			r.Unchanged = targets.Total() == 0 && slices.EqualFunc(h.grants, was.grants, sameGrant)
		}
		if r.Version <= r.Was {
			r.Problems = append(r.Problems, model.Problem{Code: model.ProblemRollback, Severity: model.Failure, Role: name, Text: fmt.Sprintf("version %d follows version %d", r.Version, r.Was)})
		}
	case known && !listed:
		r.Compared, r.Targets = true, h.targets[""]
	}
	return r
}

func sameGrant(x, y history.Grant) bool {
	return len(history.Compare([]history.Grant{x}, []history.Grant{y})) == 0
}

// revision describes a file by the verdicts of those who say who may sign it.
func (a *assembly) revision(s *state, h *held, by []*held, verdicts map[string]dialect.Verdict, met bool) history.Revision {
	r := h.revision
	r.Problems = slices.Clone(r.Problems)
	r.Verified = met && len(r.Problems) == 0
	var failed []model.Problem
	order := []string{}
	for _, issuer := range by {
		order = append(order, issuer.policy(r.Role))
	}
	if by == nil && s.root >= 0 {
		order = append(order, a.dig.roots[s.root].policy(r.Role))
	}
	for _, policy := range order {
		verdict := verdicts[policy]
		for _, id := range verdict.Signers {
			if !slices.Contains(r.Signers, id) {
				r.Signers = append(r.Signers, id)
			}
		}
		if !verdict.Met {
			failed = append(failed, verdict.Problems...)
		} else if r.Verified {
			r.Problems = append(r.Problems, verdict.Problems...)
		}
	}
	if !r.Verified && len(r.Problems) == 0 {
		if r.Problems = failed; len(failed) == 0 {
			r.Problems = []model.Problem{{Code: model.ProblemUnverified, Severity: model.Failure, Role: r.Role, Text: "no trusted file says who may sign it"}}
		}
	}
	model.SortProblems(r.Problems)
	return r
}

// standing says who could sign, and how that differs from the publish before. A state that is
// not verified changes nothing.
func (a *assembly) standing(p *history.Publish, s *state, first bool) {
	var parts [][]history.Grant
	if s.root >= 0 {
		parts = append(parts, a.dig.roots[s.root].grants)
	}
	for _, h := range s.delegators {
		parts = append(parts, h.grants)
	}
	if !s.verified || !s.met[model.RoleTargets] {
		parts = [][]history.Grant{a.grants}
		if !s.verified {
			p.Problems = append(p.Problems, model.Problem{Code: model.ProblemUnverified, Severity: model.Failure, Role: model.RoleSnapshot, Text: "the snapshot does not verify, so what it lists was not looked at"})
		}
	}
	a.compare(p, parts, a.compared || first && a.begins(s))
	a.compared = a.compared || s.verified
}

// compare says how who could sign differs from the publish before.
func (a *assembly) compare(p *history.Publish, parts [][]history.Grant, known bool) {
	p.SetGrants(parts)
	grants := p.Grants()
	if p.Compared = known; known {
		p.Differences = history.Compare(a.grants, grants)
	}
	a.grants = grants
}

// roots adds the roots that were published before a state, with no new snapshot. Those that came
// with the state are revisions of its publish.
func (a *assembly) roots(s *state, first bool) {
	if first && a.baseline {
		return
	}
	_, listed := s.listed[model.RoleRoot]
	begun := first && a.begins(s)
	for i := a.root + 1; i <= s.root; i++ {
		early := !listed && a.dig.roots[i].revision.Stored.Add(slack).Before(s.snapshot.revision.Stored)
		older := first && i < s.root
		if begun || !early && !older {
			return
		}
		a.rootOnly(i)
	}
}

// rootOnly adds a root that came with no new snapshot.
func (a *assembly) rootOnly(i int) {
	h := a.dig.roots[i]
	p := &history.Publish{Kind: history.RootOnly, Root: h.revision.Version, Verified: h.trusted, Revisions: []history.Revision{a.rootRevision(i)}}
	p.Time, p.Clock = a.datedFile(h)
	if a.before != nil {
		p.Snapshot = a.before.version
	}
	parts := [][]history.Grant{a.grants}
	if h.trusted {
		parts = [][]history.Grant{h.grants, slices.DeleteFunc(slices.Clone(a.grants), func(g history.Grant) bool { return g.From == model.RoleRoot })}
	}
	a.compare(p, parts, a.compared || i == 0 && h.revision.Version == 1)
	a.compared, a.root = true, i
	a.add(p)
}

// rest adds the roots that are newer than all snapshots.
func (a *assembly) rest() {
	for i := a.root + 1; i < len(a.dig.roots); i++ {
		a.rootOnly(i)
	}
}

// rootRevision describes a root.
func (a *assembly) rootRevision(i int) history.Revision {
	h := a.dig.roots[i]
	r := h.revision
	if i > 0 {
		was := a.dig.roots[i-1]
		r.Was, r.Compared = was.revision.Version, true
		r.Unchanged = slices.EqualFunc(h.grants, was.grants, sameGrant)
	}
	return r
}

// deletions adds the deletions that the place has noted, and says where its list of changes
// contradicts the files.
func (g *dig) deletions(a *assembly, changes []port.Change) {
	last := -1
	for i, c := range changes {
		if c.Deleted {
			last = i
		}
	}
	if last >= 0 && !g.baseline {
		for _, c := range slices.Backward(changes[:last+1]) {
			if c.Deleted && len(a.publishes) < history.MaxLimit {
				a.add(&history.Publish{Kind: history.Deletion, Time: c.Time.UTC(), Clock: history.ClockFeed, Verified: true})
			}
		}
	}
	known := map[string]bool{}
	oldest := int64(0)
	for _, h := range g.allStamps {
		known[h.sum] = true
		oldest = h.revision.Version
	}
	if oldest == 0 || g.service.SourceOf(g.repo.GUN).Kind == model.SourceFolder {
		return
	}
	most := 10
	for _, c := range changes[last+1:] {
		if c.SHA256 == "" || known[c.SHA256] || c.Version < oldest || most == 0 {
			continue
		}
		most--
		g.problem(model.ProblemMissing, model.Warning, model.RoleTimestamp, nil, "the list of changes has timestamp v%d of %s, which is not kept or has another content", c.Version, model.Moment(c.Time))
	}
}
