package change

import (
	"context"
	"slices"

	"trustdeck/model"
	"trustdeck/model/plan"
	"trustdeck/model/port"
)

// former reads the earlier roots whose keys sign a new one as well, the last one
// first. It ends at the first that is not there any more, or that the next one does
// not follow from.
func (d *Service) former(ctx context.Context, r plan.Request) ([][]byte, error) {
	most := 0
	for _, change := range r.Changes {
		if rotate, ok := change.(model.RotateKey); ok && rotate.Role == model.RoleRoot {
			most = rotate.CosignRoots
		}
	}
	root := r.Repository.Role(model.RoleRoot)
	if most == 0 || root.Raw == nil {
		return nil, nil
	}
	if most < 0 || int64(most) > root.Version-1 {
		most = int(min(root.Version-1, maxFormer))
	}
	return d.earlier(ctx, r, most)
}

// RootChain reads the published roots of a repository, from the first that is there to the current
// one, which the repository has verified; none where there is no repository.
func (d *Service) RootChain(ctx context.Context, r plan.Request) ([][]byte, error) {
	if r.Repository == nil || r.Repository.Role(model.RoleRoot).Raw == nil {
		return nil, nil
	}
	out, err := d.earlier(ctx, r, maxFormer)
	slices.Reverse(out)
	return append(out, r.Repository.Role(model.RoleRoot).Raw), err
}

// earlier reads at most so many roots before the current one, the last one first.
func (d *Service) earlier(ctx context.Context, r plan.Request, most int) ([][]byte, error) {
	root := r.Repository.Role(model.RoleRoot)
	next, err := r.Dialect.Parse(model.RoleRoot, root.Raw)
	if err != nil {
		return nil, nil //nolint:nilerr // a plan is not made on a root that is not readable
	}
	var out [][]byte
	for version := root.Version - 1; version > 0 && len(out) < most; version-- {
		f, err := d.Remote.Read(ctx, r.GUN, port.Ref{Role: model.RoleRoot, Version: version, Limit: r.Dialect.Limit(model.RoleRoot)})
		if model.KindOf(err) == model.FaultNotFound {
			break
		}
		if err != nil {
			return nil, err
		}
		prev, err := r.Dialect.Parse(model.RoleRoot, f.Bytes)
		if err != nil || prev.Version != version || r.Dialect.Succeeds(r.GUN, d.Clock(), prev, next) != nil {
			break
		}
		out, next = append(out, f.Bytes), prev
	}
	return out, nil
}

// maxFormer is how many earlier roots are read at most.
const maxFormer = 256

// leftovers finds the files that the server still has of delegations that changes name
// anew.
func (d *Service) leftovers(ctx context.Context, r plan.Request) (map[model.RoleName][]byte, error) {
	out := map[model.RoleName][]byte{}
	for _, role := range plan.Named(r.Dialect, r.Repository, r.Changes) {
		f, found, err := d.Leftover(ctx, r.GUN, role)
		if err != nil {
			return nil, err
		}
		if !found { // the snapshot may list one all the same, whose versions do not begin at 1
			f, err = d.Remote.Read(ctx, r.GUN, port.Ref{Role: role, Limit: r.Dialect.Limit(role)})
			kind := model.KindOf(err)
			if found = err == nil; !found && kind != model.FaultNotFound && kind != model.FaultServer {
				return nil, err
			}
		}
		if found {
			out[role] = f.Bytes
		}
	}
	return out, nil
}
