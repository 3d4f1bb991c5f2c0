package admin

import (
	"cmp"
	"context"
	"crypto/sha256"
	"slices"

	"golang.org/x/sync/errgroup"

	"trustdeck/model"
	"trustdeck/model/dialect"
	"trustdeck/model/port"
)

// A past is a version of a role as it was read.
type past struct {
	ref   port.Ref
	file  port.File
	meta  *dialect.File
	err   error
	fault *model.Fault
}

// History reads the last versions of every role, at most limit of each, newest
// first. Timestamps are left out: they change with every publish and say
// nothing of their own, whoever signs them. The error is that of opening the
// repository.
func (d *Service) History(ctx context.Context, gun model.GUN, limit int) ([]Revision, error) {
	view := d.Open(ctx, gun)
	if view.Fault != nil {
		return nil, view.Fault
	}
	versions := d.readVersions(ctx, view.Repository, limit)
	ring := d.DialectOf(gun).Keyring()
	for _, list := range versions {
		for _, p := range list {
			if p.meta != nil {
				ring.Add(p.meta)
			}
		}
	}
	var out []Revision
	for _, list := range versions {
		for i, p := range list {
			var before *dialect.File
			if i+1 < len(list) {
				before = list[i+1].meta
			}
			if r, ok := revision(d.DialectOf(gun), p, before, ring); ok {
				out = append(out, r)
			}
		}
	}
	sortRevisions(out)
	return out, context.Cause(ctx)
}

// sortRevisions sorts the newest first. They come role by role, the newest version of each
// first, and no date turns that round: the files of a copied folder have the time of the copy.
func sortRevisions(revisions []Revision) {
	of := map[model.RoleName][]Revision{}
	for _, r := range revisions {
		of[r.Role] = append(of[r.Role], r)
	}
	slices.SortStableFunc(revisions, func(a, b Revision) int {
		return cmp.Or(b.Published.Compare(a.Published), b.Expires.Compare(a.Expires))
	})
	for i, r := range revisions {
		revisions[i], of[r.Role] = of[r.Role][0], of[r.Role][1:]
	}
}

// readVersions returns the versions of each role, newest first.
func (d *Service) readVersions(ctx context.Context, repo *model.Repository, limit int) [][]past {
	var out [][]past
	var group errgroup.Group
	group.SetLimit(d.Requests())
	for i := range repo.Roles {
		role := &repo.Roles[i]
		if role.Name == model.RoleTimestamp || role.Version == 0 {
			continue
		}
		list := make([]past, min(int64(limit), role.Version))
		out = append(out, list)
		d.readPast(ctx, &group, repo.GUN, role.Name, role.Version, list)
	}
	_ = group.Wait() // the functions return no error
	return out
}

// readPast reads versions of a role into a list, from the newest one on downwards.
func (d *Service) readPast(ctx context.Context, group *errgroup.Group, gun model.GUN, role model.RoleName, newest int64, into []past) {
	for i := range into {
		group.Go(func() error {
			p := &into[i]
			p.ref = port.Ref{Role: role, Version: newest - int64(i), Limit: d.DialectOf(gun).Limit(role)}
			file, err := d.Remote.Read(ctx, gun, p.ref)
			p.file, p.fault = file, model.FaultOf(err, role)
			if err == nil {
				p.meta, p.err = d.DialectOf(gun).Parse(role, file.Bytes)
			}
			return nil
		})
	}
}

// revision describes a version; ok is false for one that does not exist.
func revision(keys dialect.Keys, p past, before *dialect.File, ring dialect.Keyring) (Revision, bool) {
	if p.fault != nil && p.fault.Kind == model.FaultNotFound {
		return Revision{}, false
	}
	r := Revision{Role: p.ref.Role, Version: p.ref.Version, Published: p.file.Modified}
	fail := func(code model.ProblemCode, text string) {
		r.Problem = &model.Problem{Code: code, Severity: model.Failure, Role: p.ref.Role, Text: text, Fault: p.fault}
	}
	switch {
	case p.fault != nil:
		fail(model.ProblemUnavailable, p.fault.Error())
		return r, true
	case p.err != nil:
		fail(model.ProblemMalformed, p.err.Error())
		return r, true
	}
	r.Expires, r.Length, r.SHA256 = p.meta.Expires.UTC(), int64(len(p.file.Bytes)), sha256.Sum256(p.file.Bytes)
	r.Signers = ring.Signed(p.meta)
	switch {
	case p.meta.Version != p.ref.Version:
		fail(model.ProblemRollback, "the file states a different version")
	case len(r.Signers) == 0:
		fail(model.ProblemThreshold, "no signature from any key that the repository has listed verifies")
	}
	if before != nil {
		r.Changes = dialect.Changes(keys, before.Metadata, p.meta.Metadata)
	}
	return r, true
}
