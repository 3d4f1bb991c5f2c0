package admin

import (
	"context"
	"fmt"
	"slices"

	"golang.org/x/sync/errgroup"

	"trustdeck/model"
	"trustdeck/model/notary"
	"trustdeck/model/plan"
)

// compileRetiring compiles, and where keys would be removed from this machine finds
// out first which of them other repositories need.
func (d *Desk) compileRetiring(ctx context.Context, requests []plan.Request) (*plan.Plan, error) {
	p, err := d.compile(ctx, requests)
	if err != nil {
		return nil, err
	}
	var ids []model.KeyID
	for _, part := range p.Parts {
		for _, k := range part.Retire {
			ids = append(ids, k.ID)
		}
	}
	if len(ids) == 0 {
		return p, nil
	}
	for i := range requests {
		if requests[i].Keep, err = d.needed(ctx, ids, requests[i].GUN); err != nil {
			return nil, err
		}
	}
	return d.compile(ctx, requests)
}

// Retire removes private keys from this machine that no repository lists any more,
// of those that are known here. It refuses the first that one lists, or of which
// that cannot be told, and returns those that are gone.
func (d *Desk) Retire(ctx context.Context, ids []model.KeyID) ([]model.KeyID, error) {
	if d.Store == nil {
		return nil, &model.Fault{Kind: model.FaultUsage, Text: "there is no trust folder here to remove keys from"}
	}
	keep, err := d.needed(ctx, ids, "")
	if err != nil {
		return nil, err
	}
	var gone []model.KeyID
	for _, id := range ids {
		if why := keep[id]; why != "" {
			return gone, &model.Fault{
				Kind: model.FaultUsage, Subject: "key " + id.Short(), Text: "it is not removed: " + why,
				Hint: "Rotate it there first, or leave it where it is.",
			}
		}
		if err := d.Store.Remove(ctx, id); err != nil {
			return gone, err
		}
		gone = append(gone, id)
	}
	return gone, nil
}

// needed says of keys why they must stay: a repository that is known, other than
// one, lists them, or cannot be read.
func (d *Desk) needed(ctx context.Context, ids []model.KeyID, except model.GUN) (map[model.KeyID]string, error) {
	keep := map[model.KeyID]string{}
	keys, err := d.Store.Keys(ctx)
	if err != nil {
		return nil, err
	}
	known, err := d.List(ctx)
	if err != nil {
		d.warn("keys", "not every place could be asked for repositories that need a key: "+err.Error())
	}
	known = slices.DeleteFunc(known, func(l Listed) bool { return l.GUN == except })
	views := make([]View, len(known))
	var group errgroup.Group
	group.SetLimit(d.parallel())
	for i, l := range known {
		group.Go(func() error {
			views[i] = d.Open(ctx, l.GUN)
			return nil
		})
	}
	_ = group.Wait() // the functions return no error
	for _, id := range ids {
		for _, v := range views {
			if why := needs(v, id, keys); why != "" && keep[id] == "" {
				keep[id] = why
			}
		}
	}
	return keep, nil
}

// needs says why a repository needs a key; empty where it does not.
func needs(v View, id model.KeyID, keys []model.PrivateKey) string {
	if v.Repository != nil {
		if key, ok := v.Repository.Key(id); ok && len(key.Roles) > 0 {
			return fmt.Sprintf("it signs %s of %s", key.Roles[0], v.GUN)
		}
	}
	owned := slices.ContainsFunc(keys, func(k model.PrivateKey) bool { return k.ID == id && k.GUN != "" && k.GUN != v.GUN })
	if v.Fault == nil || v.Fault.Kind == model.FaultNotFound || owned {
		return ""
	}
	return fmt.Sprintf("%s could not be read, and may need it", v.GUN)
}

// retiring are the keys that a part removes in the end.
func retiring(p *plan.Part) []model.KeyID {
	var out []model.KeyID
	for _, k := range p.Retire {
		out = append(out, k.ID)
	}
	return out
}

// retire removes the keys of a part that its plan names, after the proof.
func (x *execution) retire(ctx context.Context, p *plan.Part, out *PartOutcome) error {
	for _, k := range p.Removed() {
		if err := x.step(ctx, func() error {
			gone, err := x.Retire(ctx, []model.KeyID{k.ID})
			out.Retired = append(out.Retired, gone...)
			if err != nil {
				return err
			}
			return x.note(ctx, Note{Kind: NoteRetired, GUN: p.GUN, Key: k.ID})
		}); err != nil {
			return err
		}
	}
	return nil
}

// former reads the earlier roots whose keys shall sign a new one, the last one
// first. It ends at the first that is not there any more, or that the next one does
// not follow from.
func (d *Desk) former(ctx context.Context, r plan.Request) ([][]byte, error) {
	most := 0
	for _, change := range r.Changes {
		if rotate, ok := change.(model.RotateKey); ok && rotate.Role == model.RoleRoot {
			most = rotate.Legacy
		}
	}
	root := r.Repository.Role(model.RoleRoot)
	if most == 0 || root.Raw == nil {
		return nil, nil
	}
	if most < 0 || int64(most) > root.Version-1 {
		most = int(min(root.Version-1, maxFormer))
	}
	next, err := notary.Parse(model.RoleRoot, root.Raw)
	if err != nil {
		return nil, nil //nolint:nilerr // a plan is not made on a root that is not readable
	}
	var out [][]byte
	for version := root.Version - 1; len(out) < most; version-- {
		f, err := d.Remote.Read(ctx, r.GUN, Ref{Role: model.RoleRoot, Version: version, Limit: notary.MaxFile})
		if model.KindOf(err) == model.FaultNotFound {
			break
		}
		if err != nil {
			return nil, err
		}
		prev, err := notary.Parse(model.RoleRoot, f.Bytes)
		if err != nil || prev.Version != version || notary.Succeeds(r.GUN, d.Clock(), prev, next) != nil {
			break
		}
		out, next = append(out, f.Bytes), prev
	}
	return out, nil
}

// maxFormer is how many earlier roots are read at most.
const maxFormer = 256
