package admin

import (
	"bytes"
	"context"
	"slices"
	"time"

	"trustdeck/model"
	"trustdeck/model/dialect"
	"trustdeck/model/port"
)

// current is the file of a role that is the present one, as it was read when the repository was
// opened; ok is false where it has none.
func (g *dig) current(name model.RoleName) (p past, ok bool) {
	role := g.repo.Role(name)
	if role == nil || role.Raw == nil || role.Version == 0 {
		return past{}, false
	}
	p = past{ref: port.Ref{Role: name, Version: role.Version}, file: port.File{Bytes: role.Raw, Modified: role.Modified}}
	p.meta, p.err = g.dialect.Parse(name, role.Raw)
	return p, true
}

// versions hands over the present version of a role, then the older ones.
func (g *dig) versions(ctx context.Context, name model.RoleName, take func(p *past) bool) {
	p, ok := g.current(name)
	if !ok || !take(&p) {
		return
	}
	g.down(ctx, name, p.ref.Version-1, take)
}

// readRoots reads the roots that are kept, and follows them from the oldest one on. The present
// one is trusted where the repository was verified with it, wherever the others lead.
func (g *dig) readRoots(ctx context.Context) {
	g.versions(ctx, model.RoleRoot, func(p *past) bool {
		if !p.absent() {
			h := g.hold(p)
			h.file = p.meta
			g.roots = append(g.roots, h)
		}
		return len(g.roots) < MostLinks
	})
	slices.Reverse(g.roots)
	at, present := g.service.Clock(), g.repo.Role(model.RoleRoot)
	var before *held
	for _, h := range g.roots {
		if h.issuer == nil {
			continue
		}
		prev := h
		if before != nil {
			prev = before
		}
		verdict := h.issuer.Judge(h.file)
		h.revision.Signers = prev.issuer.Judge(h.file).Signers
		for _, id := range verdict.Signers {
			if !slices.Contains(h.revision.Signers, id) {
				h.revision.Signers = append(h.revision.Signers, id)
			}
		}
		p := g.dialect.Succeeds(g.repo.GUN, at, prev.file, h.file)
		if p != nil {
			h.revision.Problems = append(h.revision.Problems, *p)
		}
		h.revision.Verified = p == nil
		h.trusted = p == nil || present.State == model.RoleVerified && bytes.Equal(present.SHA256[:], h.revision.SHA256[:])
		if h.trusted {
			before = h
		}
	}
	if anchor := g.repo.Anchor; len(anchor.Walked) > 0 && anchor.Kind != model.AnchorFirstUse {
		g.out.Proven = anchor.Walked[0]
	}
}

// readSnapshots reads the snapshots of the publishes that were asked for, and the one before.
func (g *dig) readSnapshots(ctx context.Context) {
	most := g.window.Most()
	g.versions(ctx, model.RoleSnapshot, func(p *past) bool {
		if p.absent() {
			return true
		}
		early := !g.window.Since.IsZero() && !p.file.Modified.IsZero() && p.file.Modified.Before(g.window.Since)
		s := &state{version: p.ref.Version, snapshot: g.hold(p), root: -1, met: map[model.RoleName]bool{}}
		if p.readable() {
			s.snapshot.file = p.meta
			s.listed = map[model.RoleName]listing{}
			for i := range p.meta.Meta {
				s.listed[p.meta.Meta[i].Role] = listingOf(&p.meta.Meta[i])
			}
		}
		g.states = append(g.states, s)
		g.baseline = len(g.states) > most || early
		return !g.baseline
	})
	slices.Reverse(g.states)
	g.chooseRoots()
}

// chooseRoots says which root each snapshot belongs to: the one that it lists, else the newest
// that was there when it was stored and whose keys have signed it, else any later one.
//
// What is listed by a snapshot that is not signed by the keys of a root, or that can't be read,
// changes nothing that is known.
func (g *dig) chooseRoots() {
	last := 0
	for n, s := range g.states {
		for _, i := range g.candidates(s, last) {
			h := g.roots[i]
			if !h.trusted {
				continue
			}
			g.judge(s.snapshot, s.snapshot.file, h)
			if s.root < 0 {
				s.root = i
			}
			if s.snapshot.verdicts[h.policy(model.RoleSnapshot)].Met {
				s.root, s.verified = i, true
				break
			}
		}
		if !s.verified && n > 0 {
			s.listed, s.root = g.states[n-1].listed, g.states[n-1].root
		}
		last = max(last, s.root)
	}
}

// candidates are the indices of the roots that a snapshot may belong to, the likeliest first;
// after is the one of the snapshot before.
func (g *dig) candidates(s *state, after int) []int {
	if l, ok := s.listed[model.RoleRoot]; ok {
		i := slices.IndexFunc(g.roots, func(h *held) bool { return l.is(h.revision.Version, h.sum) })
		if i < 0 {
			return nil
		}
		return []int{i}
	}
	var out []int
	if stored := s.snapshot.revision.Stored; !stored.IsZero() && g.dated() {
		for i := len(g.roots) - 1; i >= after; i-- {
			if !g.roots[i].revision.Stored.After(stored.Add(slack)) {
				out = append(out, i)
				break
			}
		}
	}
	for i := after; i < len(g.roots); i++ {
		if !slices.Contains(out, i) {
			out = append(out, i)
		}
	}
	return out
}

// slack is by how much the files of one publish may be apart.
const slack = time.Hour

// dated reports whether the times of the roots say in which order they came: those of a copy
// are all the same.
func (g *dig) dated() bool {
	for i, h := range g.roots {
		if h.revision.Stored.IsZero() || i > 0 && !h.revision.Stored.After(g.roots[i-1].revision.Stored) {
			return false
		}
	}
	return true
}

// readStamps reads the timestamps, down to the first one of the oldest snapshot.
func (g *dig) readStamps(ctx context.Context) {
	if len(g.states) == 0 {
		return
	}
	oldest := g.states[0]
	found, most := false, 10
	g.versions(ctx, model.RoleTimestamp, func(p *past) bool {
		if p.absent() {
			return true
		}
		h := g.hold(p)
		g.allStamps = append(g.allStamps, h)
		if p.meta == nil {
			return true
		}
		h.file = p.meta
		entry := p.meta.Entry(model.RoleSnapshot)
		if entry == nil {
			return true
		}
		h.listed = listingOf(entry)
		of := g.stateOf(h.listed)
		switch {
		case of != nil:
			g.stamps[of.snapshot.sum] = append(g.stamps[of.snapshot.sum], h)
		case !found && most > 0:
			most--
			g.problem(model.ProblemMissing, model.Warning, model.RoleSnapshot, nil, "timestamp v%d lists a snapshot that is not kept or has another content", p.ref.Version)
		}
		found = found || of == oldest
		return !found || of == oldest
	})
	for _, list := range g.stamps {
		slices.Reverse(list)
	}
}

// stateOf is the state of a snapshot; nil where it was not read.
func (g *dig) stateOf(l listing) *state {
	for _, s := range slices.Backward(g.states) {
		if l.is(s.version, s.snapshot.sum) {
			return s
		}
	}
	return nil
}

// judgeStamp checks a timestamp by the root of its state, then by later ones: a root may have
// given it another key with no new snapshot.
func (g *dig) judgeStamp(s *state, h *held) (dialect.Verdict, bool) {
	var first dialect.Verdict
	for i := max(s.root, 0); i < len(g.roots); i++ {
		root := g.roots[i]
		if !root.trusted || s.root < 0 {
			continue
		}
		g.judge(h, h.file, root)
		verdict := h.verdicts[root.policy(model.RoleTimestamp)]
		if verdict.Met {
			return verdict, true
		}
		if i == s.root {
			first = verdict
		}
		if _, listed := s.listed[model.RoleRoot]; listed {
			break
		}
	}
	return first, false
}
