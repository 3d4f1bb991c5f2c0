package change

import (
	"context"
	"slices"
	"time"

	"trustdeck/model"
	"trustdeck/model/plan"
	"trustdeck/model/port"
)

// reusable finds the keys that earlier runs have made for what a plan makes, and that
// nobody lists: they are used instead of more keys. The journal only says where to look.
// Such a key has the passphrase, the role and the repository that the plan gives its
// keys, its file is no older than the run, and no repository that is known here lists
// it or could list it unseen.
func (d *Service) reusable(ctx context.Context, entries []port.Entry, p *plan.Plan) (map[madeKey]model.KeyID, error) {
	wanted := map[madeKey]model.RoleName{}
	for _, part := range p.Parts {
		for _, m := range part.NewKeys {
			if m.Source == model.KeyNew {
				wanted[madeKey{part.GUN, m.Symbol}] = m.Role
			}
		}
	}
	var v *retirement
	out := map[madeKey]model.KeyID{}
	for _, e := range entries {
		for _, n := range e.Notes {
			name := madeKey{n.GUN, n.Symbol}
			role, ok := wanted[name]
			if n.Kind != port.NoteMade || !ok || used(out, n.Key) {
				continue
			}
			if v == nil {
				var err error
				if v, err = d.survey(ctx, planned(p)...); err != nil {
					return nil, err
				}
			}
			if v.unused(n.Key, role, n.GUN, e.Begun) {
				out[name] = n.Key
			}
		}
	}
	return out, nil
}

// MadeInVain are the keys that a run has made, that are here, and that nothing lists.
func (i *Interrupted) MadeInVain() []model.KeyID {
	var out []model.KeyID
	for _, p := range i.Parts {
		out = append(out, p.Made...)
	}
	return out
}

// RemoveMade removes those keys from this machine, each after another look that nothing
// lists it. It returns those that it has removed.
func (d *Service) RemoveMade(ctx context.Context, one Interrupted) ([]model.KeyID, error) {
	if one.Remaining == nil {
		return nil, nil
	}
	still, err := d.reusable(ctx, []port.Entry{one.Entry}, one.Remaining)
	if err != nil {
		return nil, err
	}
	var removed []model.KeyID
	for _, id := range one.MadeInVain() {
		if !used(still, id) {
			continue
		}
		made, err := d.madeHere(ctx, one, id)
		if err == nil {
			err = d.Stores.Remove(ctx, made...)
		}
		if err != nil {
			return removed, err
		}
		removed = append(removed, id)
	}
	return removed, nil
}

// planned stand for the repositories of a plan: their dialects give new keys their IDs, and
// nothing lists those keys yet.
func planned(p *plan.Plan) []*model.Repository {
	var out []*model.Repository
	for i := range p.Parts {
		out = append(out, &model.Repository{GUN: p.Parts[i].GUN})
	}
	return out
}

// madeHere are the private keys here that a run has made under an ID.
func (d *Service) madeHere(ctx context.Context, one Interrupted, id model.KeyID) ([]model.PrivateKey, error) {
	keys, err := d.PrivateKeys(ctx, planned(one.Remaining)...)
	return slices.DeleteFunc(keys, func(k model.PrivateKey) bool { return !k.Is(id) }), err
}

// madeOnly reports whether an entry has made keys, and each of them is among some, or is
// published by it with nothing left to be done.
func madeOnly(e port.Entry, some map[madeKey]model.KeyID) bool {
	made := 0
	for _, n := range e.Notes {
		if n.Kind != port.NoteMade {
			continue
		}
		switch {
		case some[madeKey{n.GUN, n.Symbol}] == n.Key:
			made++
		case !finished(e, n.GUN):
			return false
		}
	}
	return made > 0
}

// finished reports whether an entry says that a repository was verified, and was to remove
// no key from this machine.
func finished(e port.Entry, gun model.GUN) bool {
	saved, err := plan.Decode(e.Plan)
	if err != nil || !slices.ContainsFunc(e.Notes, func(n port.Note) bool { return n.GUN == gun && n.Kind == port.NoteProved }) {
		return false
	}
	return !slices.ContainsFunc(saved.Requests, func(r plan.SavedRequest) bool {
		return r.GUN == gun && slices.ContainsFunc(r.Changes, func(c model.Change) bool {
			rotate, ok := c.(model.RotateKey)
			return ok && rotate.Retire
		})
	})
}

func used(made map[madeKey]model.KeyID, id model.KeyID) bool {
	for _, have := range made {
		if have == id {
			return true
		}
	}
	return false
}

// mtimeSlack is by how much the time of a file may be before that of the clock.
const mtimeSlack = 2 * time.Second

// unused reports whether a key was made for a role since a moment, and is listed nowhere.
func (r *retirement) unused(id model.KeyID, role model.RoleName, gun model.GUN, since time.Time) bool {
	label := string(role)
	if role.Delegation() {
		label = r.dialectOf(gun).Short(role)
	}
	own := func(k model.PrivateKey) bool {
		return k.Is(id) && k.Usable() && k.Encrypted && k.Label == label && k.GUN == ownerOf(role, gun) && !k.Modified.Before(since.Add(-mtimeSlack))
	}
	if !slices.ContainsFunc(r.keys, own) {
		return false
	}
	for _, v := range r.views {
		if v.Fault != nil && v.Fault.Kind == model.FaultNotFound && !v.Stale {
			continue // it has no trust data that could list anything
		}
		if v.GUN != gun && ownerOf(role, gun) != "" {
			continue // the file names the one repository that the key is for
		}
		if r.needs(v, r.idsOf(id)) != "" {
			return false
		}
	}
	return true
}
