package archive

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"

	"golang.org/x/sync/errgroup"

	"trustdeck/model"
	"trustdeck/model/port"
)

const (
	// maxArchiveVersions is the most versions of a role that are asked for. A
	// server may state any version; each costs a request.
	maxArchiveVersions = 100_000
	// maxGapUpwards is the longest gap that the search upwards gets over, where
	// no current version tells the newest.
	maxGapUpwards = 3
)

// collect reads all versions of all roles.
func (c *collection) collect(ctx context.Context, repo *model.Repository) {
	c.present(ctx, repo)
	c.meetHeld(ctx)
	for {
		c.mu.Lock()
		full := c.full
		c.mu.Unlock()
		c.sweepAll(ctx)
		c.mu.Lock()
		again := c.full && !full && c.down == nil
		c.mu.Unlock()
		if !again {
			break
		}
	}
	c.confirmAbsent(ctx)
	if c.down != nil && c.vaultErr == nil && ctx.Err() == nil {
		c.lacking("", c.down, "reading stopped early because %s; the next run continues", c.down.Error())
	}
}

// present makes sure that every file of the present state is in the vault, also
// one that came from an anchor on this machine.
func (c *collection) present(ctx context.Context, repo *model.Repository) {
	for i := range repo.Roles {
		role := &repo.Roles[i]
		for _, p := range role.Problems {
			if p.Code == model.ProblemRootReplaced || p.Code == model.ProblemRollback {
				c.full = true
			}
		}
		c.names[role.Name] = true
		if role.Raw == nil {
			continue
		}
		c.current[role.Name] = role.SHA256
		ref := port.Ref{Role: role.Name, Version: role.Version, SHA256: fmt.Sprintf("%x", role.SHA256), Limit: c.dialect().Limit(role.Name)}
		if _, ok := c.inVault(ref); ok {
			continue
		}
		if f, fault := c.fetch(ctx, ref); fault == nil {
			c.keep(ctx, ref, f)
		} else {
			c.lacking(role.Name, fault, "the current %s is known here, but the server didn't send it: %s", role.Name, fault.Text)
		}
	}
}

// meetHeld finds the roles that files of earlier runs name: such a run may have
// been killed before it asked for them.
func (c *collection) meetHeld(ctx context.Context) {
	for _, f := range c.held.Files {
		if !f.Role.HoldsTargets() && f.Role != model.RoleSnapshot {
			continue
		}
		raw, err := c.run.vault.Load(ctx, c.gun, f)
		if err != nil {
			continue // found damaged by the verification
		}
		if parsed, err := c.dialect().Parse(f.Role, raw); err == nil {
			c.mu.Lock()
			c.meet(parsed)
			c.mu.Unlock()
		}
	}
}

// sweepAll sweeps every role that is met, also those met on the way.
func (c *collection) sweepAll(ctx context.Context) {
	swept := map[model.RoleName]bool{}
	for {
		c.mu.Lock()
		var next []model.RoleName
		for name := range c.names {
			if !swept[name] {
				next = append(next, name)
			}
		}
		ended := c.down != nil
		c.mu.Unlock()
		if len(next) == 0 || ended || ctx.Err() != nil {
			return
		}
		slices.Sort(next)
		for _, name := range next {
			swept[name] = true
			c.sweep(ctx, name)
		}
	}
}

// sweep reads the versions of one role below its current one.
func (c *collection) sweep(ctx context.Context, role model.RoleName) {
	newest, known := c.newest(role)
	if !known {
		ref := port.Ref{Role: role, Limit: c.dialect().Limit(role)}
		f, fault := c.fetch(ctx, ref)
		switch {
		case fault != nil && fault.Kind == model.FaultNotFound:
			if role.TopLevel() {
				c.climb(ctx, role)
			}
			return // a delegation may have no content
		case fault != nil:
			c.lacking(role, fault, "%s could not be read: %s", role, fault.Text)
		default:
			c.keep(ctx, ref, f)
		}
		if newest, known = c.newest(role); !known {
			c.climb(ctx, role)
			return
		}
	}
	lowest := max(1, newest-maxArchiveVersions)
	if lowest > 1 {
		c.lacking(role, nil, "the current version of %s is %d; versions 1 to %d were not requested", role, newest, lowest-1)
	}
	var group errgroup.Group
	group.SetLimit(c.run.service.Requests())
	for version := newest - 1; version >= lowest; version-- {
		if c.settled(role, version) || ctx.Err() != nil {
			continue
		}
		group.Go(func() error {
			c.fetchVersion(ctx, role, version)
			return nil
		})
	}
	_ = group.Wait() // the functions return no error
}

// newest is the version of the current file of a role; known is false where no
// current file is at hand or it tells no version.
func (c *collection) newest(role model.RoleName) (version int64, known bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	sum, ok := c.current[role]
	if !ok {
		return 0, false
	}
	for number, files := range c.saved[role] {
		if slices.ContainsFunc(files, func(f VaultFile) bool { return f.SHA256 == sum }) {
			version = max(version, number)
		}
	}
	return version, version > 0
}

// climb reads the versions of a role of which the current file tells nothing,
// upwards, until the server has no more. What is absent above the last one is
// not noted: it may be published yet.
func (c *collection) climb(ctx context.Context, role model.RoleName) {
	last := int64(0)
	for version := int64(1); version <= min(last+maxGapUpwards+1, maxArchiveVersions) && ctx.Err() == nil; version++ {
		if c.settled(role, version) || c.fetchVersion(ctx, role, version) {
			last = version
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	maps.DeleteFunc(c.absent[role], func(version int64, _ bool) bool { return version > last })
}

// settled reports whether a version need not be asked for.
func (c *collection) settled(role model.RoleName, version int64) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.full {
		return false
	}
	for _, a := range c.held.Absent[role] {
		if a.First <= version && version <= a.Last {
			return true
		}
	}
	return len(c.saved[role][version]) > 0
}

// fetchVersion reads one version and reports whether the server has it.
func (c *collection) fetchVersion(ctx context.Context, role model.RoleName, version int64) bool {
	ref := port.Ref{Role: role, Version: version, Limit: c.dialect().Limit(role)}
	f, fault := c.fetch(ctx, ref)
	switch {
	case fault == nil:
		c.keep(ctx, ref, f)
		return true
	case fault.Kind == model.FaultNotFound:
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.absent[role] == nil {
			c.absent[role] = map[int64]bool{}
		}
		c.absent[role][version], c.newlyAbsent = true, true
	case ctx.Err() == nil && c.stillUp():
		c.lacking(role, fault, "version %d of %s could not be read: %s", version, role, fault.Text)
	}
	return false
}

func (c *collection) stillUp() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.down == nil
}

// confirmAbsent makes sure that versions are absent because the server never
// had them, and not because the repository was deleted during the run: what is
// noted as absent is not asked for again.
func (c *collection) confirmAbsent(ctx context.Context) {
	if !c.newlyAbsent || c.down != nil {
		return
	}
	_, fault := c.fetch(ctx, port.Ref{Role: model.RoleTimestamp, Limit: c.dialect().Limit(model.RoleTimestamp)})
	if fault == nil {
		return
	}
	c.absent = map[model.RoleName]map[int64]bool{}
	c.lacking(model.RoleTimestamp, fault, "at the end of the run, the repository could no longer be read: %s", fault.Text)
}

// absentRanges joins what earlier runs and this one found to be absent.
func (c *collection) absentRanges() map[model.RoleName][]VersionRange {
	out := map[model.RoleName][]VersionRange{}
	if !c.full {
		for role, ranges := range c.held.Absent {
			out[role] = slices.Clone(ranges)
		}
	}
	for role, versions := range c.absent {
		for version := range versions {
			out[role] = append(out[role], VersionRange{version, version})
		}
	}
	for role, ranges := range out {
		out[role] = joinRanges(ranges)
	}
	return out
}

// joinRanges sorts ranges and joins those that touch.
func joinRanges(ranges []VersionRange) []VersionRange {
	slices.SortFunc(ranges, func(a, b VersionRange) int { return cmp.Compare(a.First, b.First) })
	var out []VersionRange
	for _, r := range ranges {
		if n := len(out); n > 0 && r.First <= out[n-1].Last+1 {
			out[n-1].Last = max(out[n-1].Last, r.Last)
			continue
		}
		out = append(out, r)
	}
	return out
}
