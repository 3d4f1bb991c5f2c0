package change

import (
	"context"
	"slices"

	"trustdeck/model"
	"trustdeck/model/plan"
	"trustdeck/model/port"
)

// clientSnapshot reports whether it is known that a client signs the snapshot, where its
// key is not on this machine. It is known where a backup of that key was made here, and
// where the repository has had its snapshot key from the start and no first snapshot:
// a server that signs it makes version 1, while notary begins with 2. All of that is
// only read. What it does not tell, or what cannot be read, mayNotPublish finds out.
func (d *Service) clientSnapshot(ctx context.Context, r *model.Repository) bool {
	if !d.DialectOf(r.GUN).ServerKeys() {
		return false // the metadata says who signs it
	}
	snapshot := r.Role(model.RoleSnapshot)
	if snapshot == nil || len(snapshot.Keys) == 0 || d.has(ctx, r, snapshot.Keys) {
		return false
	}
	if d.Backups != nil {
		marks, err := d.Backups.Marks(ctx)
		if err == nil && slices.ContainsFunc(snapshot.Keys, func(id model.KeyID) bool { return d.backedUp(r, id, marks) }) {
			return true
		}
	}
	first, err := d.Remote.Read(ctx, r.GUN, port.Ref{Role: model.RoleRoot, Version: 1, Limit: d.DialectOf(r.GUN).Limit(model.RoleRoot)})
	if err != nil {
		return false
	}
	root, err := d.DialectOf(r.GUN).Parse(model.RoleRoot, first.Bytes)
	if err != nil || !slices.Equal(listedIn(d.DialectOf(r.GUN), root, model.RoleSnapshot), snapshot.Keys) {
		return false
	}
	_, err = d.Remote.Read(ctx, r.GUN, port.Ref{Role: model.RoleSnapshot, Version: 1, Limit: d.DialectOf(r.GUN).Limit(model.RoleSnapshot)})
	return model.KindOf(err) == model.FaultNotFound
}

// has reports whether one of some keys of a repository is on this machine.
func (d *Service) has(ctx context.Context, r *model.Repository, ids []model.KeyID) bool {
	keys, err := d.PrivateKeys(ctx, r)
	return err == nil && slices.ContainsFunc(keys, func(k model.PrivateKey) bool { return k.Usable() && k.IsAny(ids) })
}

// backedUp reports whether a key of a repository was backed up here, where it may not be any
// more.
func (d *Service) backedUp(r *model.Repository, id model.KeyID, marks map[model.KeyID]port.BackupMark) bool {
	key, _ := r.Key(id)
	key.ID = id
	return slices.ContainsFunc(d.StoredIDs(key), func(id model.KeyID) bool { return !marks[id].BackedUp.IsZero() })
}

// rotatesSnapshot reports whether changes give the snapshot another key.
func rotatesSnapshot(changes []model.Change) bool {
	return slices.ContainsFunc(changes, func(c model.Change) bool {
		rotate, ok := c.(model.RotateKey)
		return ok && rotate.Role == model.RoleSnapshot
	})
}

// mayNotPublish finds out, before any key is made, that what a plan makes could not be
// published: because its snapshot is signed with a key that is neither here nor on the
// server. The plan has been accepted.
func (x *execution) mayNotPublish(ctx context.Context) error {
	for i := range x.Plan.Parts {
		p, r := &x.Plan.Parts[i], x.requests[i].Repository
		makes := slices.ContainsFunc(p.NewKeys, func(m plan.NewKey) bool { return m.Source == model.KeyNew })
		if !makes || p.OwnSnapshot || r == nil || rotatesSnapshot(p.Changes) {
			continue
		}
		targets := r.Role(model.RoleTargets)
		if targets == nil || !targets.Usable() {
			continue // the server would refuse it for what it is
		}
		signs, known, err := x.Publisher.SignsSnapshot(ctx, p.GUN, targets.Raw)
		if err != nil {
			return err
		}
		if known && !signs {
			return &model.Fault{
				Kind: model.FaultUsage, Subject: string(p.GUN), Err: port.ErrNoSnapshotKey,
				Text: "nothing can be published: the snapshot is signed with key " + r.Role(model.RoleSnapshot).Keys[0].Short() + ", which is neither on the server nor on this machine; no key was made",
				Hint: "Bring the key to this machine, or let the server sign the snapshot: trustdeck rotate --server-managed " + string(p.GUN) + " snapshot.",
			}
		}
	}
	return nil
}
