package admin

import (
	"context"
	"slices"

	"golang.org/x/sync/errgroup"

	"trustdeck/model"
	"trustdeck/model/dialect"
	"trustdeck/model/history"
	"trustdeck/model/port"
)

// readFiles reads the targets files that the snapshots list: each role after those that
// delegate to it.
func (g *dig) readFiles(ctx context.Context) {
	var left []model.RoleName
	listed := map[model.RoleName]bool{}
	for _, s := range g.states {
		for name := range s.listed {
			listed[name] = name.HoldsTargets()
		}
	}
	for i := range g.repo.Roles {
		if name := g.repo.Roles[i].Name; listed[name] {
			g.readRole(ctx, name)
			listed[name] = false
		}
	}
	for name, open := range listed {
		if open {
			left = append(left, name)
		}
	}
	_ = DelegatorsFirst(left, g.delegated, func(name model.RoleName) error {
		g.readRole(ctx, name)
		return ctx.Err()
	}) // the caller asks ctx
}

// DelegatorsFirst calls do for each of some roles that hold targets, after those that delegate
// to it as far as any does: delegated reports whether a file that was read delegates to a role,
// and is asked again after each round. It stops at the first error.
func DelegatorsFirst(roles []model.RoleName, delegated func(model.RoleName) bool, do func(model.RoleName) error) error {
	left := slices.Sorted(slices.Values(roles))
	for len(left) > 0 {
		var ready, later []model.RoleName
		for _, role := range left {
			if role == model.RoleTargets || delegated(role) {
				ready = append(ready, role)
			} else {
				later = append(later, role)
			}
		}
		if len(ready) == 0 {
			ready, later = later, nil
		}
		for _, role := range ready {
			if err := do(role); err != nil {
				return err
			}
		}
		left = later
	}
	return nil
}

// delegated reports whether a file that was read delegates to a role.
func (g *dig) delegated(name model.RoleName) bool {
	for _, versions := range g.files {
		for _, h := range versions {
			if _, ok := h.policies[name]; ok {
				return true
			}
		}
	}
	return false
}

// fileOf is the file of a role in a state; nil where it is not listed, or could not be had.
func (g *dig) fileOf(s *state, name model.RoleName) *held {
	l, ok := s.listed[name]
	if !ok {
		return nil
	}
	if h := g.files[name][l.sum]; h != nil && l.sum != "" {
		return h
	}
	for _, h := range g.files[name] {
		if l.version != 0 && l.version == h.listed.version {
			return h
		}
	}
	return nil
}

// issuers are the files whose keys may have signed a role of a state, the likeliest first.
func (g *dig) issuers(i int, name model.RoleName) []*held {
	s := g.states[i]
	if name.Delegation() {
		return s.delegators
	}
	if s.root < 0 {
		return nil
	}
	last := s.root
	if _, listed := s.listed[model.RoleRoot]; !listed {
		// The times of copied files don't say which root was there: a later one may have been.
		last = len(g.roots) - 1
	}
	var out []*held
	for _, h := range g.roots[s.root : last+1] {
		if h.trusted {
			out = append(out, h)
		}
	}
	return out
}

// readRole reads the versions of a role that the states list, and says in which of them enough
// of the keys of the time have signed it.
func (g *dig) readRole(ctx context.Context, name model.RoleName) {
	g.files[name] = map[string]*held{}
	wanted := g.wanted(name)
	if !g.unchanged(name, wanted) {
		r := &roleReading{dig: g, name: name, wanted: wanted}
		r.read(ctx)
	}
	for i, s := range g.states {
		if i > 0 && s.root < g.states[i-1].root {
			s.root = g.states[i-1].root
		}
		h := g.fileOf(s, name)
		if h == nil || len(h.revision.Problems) > 0 {
			continue
		}
		for _, by := range g.issuers(i, name) {
			if h.verdicts[by.policy(name)].Met {
				s.met[name] = true
				if role := g.repo.Role(name); len(h.grants) > 0 || role != nil && len(role.Delegations) > 0 {
					s.delegators = append(s.delegators, h)
				}
				if !name.Delegation() {
					s.root = slices.Index(g.roots, by)
				}
				break
			}
		}
	}
}

// wanted are the files of a role that the states list, the newest first, each once.
func (g *dig) wanted(name model.RoleName) []listing {
	var out []listing
	for _, s := range slices.Backward(g.states) {
		if l, ok := s.listed[name]; ok && !slices.Contains(out, l) {
			out = append(out, l)
		}
	}
	return out
}

// unchanged takes over the verdict on the present file of a role that was the same all the time,
// signed by the same keys, and delegates to no one: there may be thousands of them.
func (g *dig) unchanged(name model.RoleName, wanted []listing) bool {
	role := g.repo.Role(name)
	if len(wanted) != 1 || !g.baseline || role == nil || role.State != model.RoleVerified || len(role.Delegations) > 0 {
		return false
	}
	h := &held{sum: hexSum(role.Raw), listed: wanted[0]}
	if !wanted[0].is(role.Version, h.sum) {
		return false
	}
	policies := map[string]bool{}
	for i, s := range g.states {
		if _, ok := s.listed[name]; !ok {
			return false
		}
		for _, by := range g.issuers(i, name) {
			if policy := by.policy(name); policy != "" {
				policies[policy] = true
			}
		}
	}
	if len(policies) != 1 {
		return false
	}
	h.revision = history.Revision{Role: name, Version: role.Version, Expires: role.Expires, Stored: role.Modified, Length: int64(len(role.Raw)), SHA256: role.SHA256}
	verdict := dialect.Verdict{Met: true}
	for _, sig := range role.Signatures {
		if sig.State == model.SignatureValid {
			verdict.Signers = append(verdict.Signers, sig.Key)
		}
	}
	h.verdicts = map[string]dialect.Verdict{}
	for policy := range policies {
		h.verdicts[policy] = verdict
	}
	g.files[name][h.sum] = h
	return true
}

// A roleReading reads the files of one role, the newest first. No more than two of them are in
// memory at once beyond those that are being read: a file may be large.
type roleReading struct {
	*dig
	name   model.RoleName
	wanted []listing
	// newer is the file that was taken last, and newerFile what it says.
	newer     *held
	newerFile *dialect.File
}

func (r *roleReading) read(ctx context.Context) {
	if len(r.wanted) == 0 {
		return
	}
	if p, ok := r.current(r.name); ok && r.wanted[0].is(p.ref.Version, hexSum(p.file.Bytes)) {
		r.take(&p, r.wanted[0])
		r.wanted = r.wanted[1:]
	}
	if len(r.wanted) > 0 && r.wanted[0].version != 0 {
		r.byVersion(ctx)
		return
	}
	if len(r.wanted) > 0 && r.newer == nil {
		l := r.wanted[0]
		r.wanted = r.wanted[1:]
		r.byHash(ctx, l)
	}
	if len(r.wanted) > 0 && r.newer != nil {
		r.search(ctx, r.newer.revision.Version-1)
	}
	for len(r.wanted) > 0 && ctx.Err() == nil && r.stopped == "" {
		l := r.wanted[0]
		r.wanted = r.wanted[1:]
		r.byHash(ctx, l)
	}
}

// byVersion reads the versions that are listed.
func (r *roleReading) byVersion(ctx context.Context) {
	for batch := range slices.Chunk(r.wanted, historyBatch) {
		if ctx.Err() != nil || !r.admit(len(batch)) {
			return
		}
		files := make([]past, len(batch))
		var group errgroup.Group
		group.SetLimit(r.service.Requests())
		for i, l := range batch {
			group.Go(func() error {
				files[i] = r.service.readOne(ctx, r.repo.GUN, port.Ref{Role: r.name, Version: l.version, Limit: r.dialect.Limit(r.name)})
				return nil
			})
		}
		_ = group.Wait() // the functions return no error
		for i := range files {
			if r.came(&files[i]); files[i].absent() {
				r.gap(r.name, batch[i].version)
			} else {
				r.take(&files[i], batch[i])
			}
			files[i] = past{}
		}
	}
}

// search goes down the versions for those files that are listed by hash alone.
func (r *roleReading) search(ctx context.Context, newest int64) {
	spare := len(r.wanted) + maxAbsent
	r.down(ctx, r.name, newest, func(p *past) bool {
		if p.absent() || p.fault != nil {
			return true
		}
		sum := hexSum(p.file.Bytes)
		i := slices.IndexFunc(r.wanted, func(l listing) bool { return l.sum == sum })
		if i < 0 || p.err == nil && !p.readable() {
			// One that no snapshot lists here: another took its place in the same publish. One
			// of another version is found where it belongs.
			spare--
			return spare > 0
		}
		l := r.wanted[i]
		r.wanted = slices.Delete(r.wanted, i, i+1)
		r.take(p, l)
		return len(r.wanted) > 0
	})
}

// byHash reads a file whose version is unknown. Servers answer such requests one at a time, so
// there are few.
func (r *roleReading) byHash(ctx context.Context, l listing) {
	if l.sum == "" || r.hashes <= 0 || !r.admit(1) {
		return
	}
	r.hashes--
	p := r.service.readOne(ctx, r.repo.GUN, port.Ref{Role: r.name, SHA256: l.sum, Limit: r.dialect.Limit(r.name)})
	if r.came(&p); p.absent() {
		return
	}
	r.take(&p, l)
}

// take keeps what is needed of a file: who has signed it by the keys of each state that lists
// it, and what changed to the one that was taken before.
func (r *roleReading) take(p *past, l listing) {
	h := r.hold(p)
	h.listed = l
	if l.sum != "" && l.sum != h.sum {
		h.revision.Problems = append(h.revision.Problems, model.Problem{
			Code: model.ProblemHash, Severity: model.Failure, Role: r.name, Text: "its hash differs from the one in the snapshot",
		})
	}
	key := h.sum
	if l.sum != "" {
		key = l.sum
	}
	r.files[r.name][key] = h
	if h.issuer == nil {
		r.newer, r.newerFile = h, nil
		return
	}
	for i, s := range r.states {
		if s.listed[r.name] != l {
			continue
		}
		for _, by := range r.issuers(i, r.name) {
			r.judge(h, p.meta, by)
		}
	}
	h.targets[""] = history.CompareTargets(nil, p.meta.Targets)
	if r.newer != nil && r.newerFile != nil {
		r.newer.targets[h.sum] = history.CompareTargets(p.meta.Targets, r.newerFile.Targets)
	}
	r.newer, r.newerFile = h, p.meta
}
