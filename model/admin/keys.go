package admin

import (
	"context"
	"errors"
	"slices"

	"trustdeck/model"
	"trustdeck/model/port"
)

// Keys lists the private keys that are here, each with the roles that list it
// in the repositories looked at, and when it was last backed up. Keys that are
// returned together with an error are as they are.
func (d *Service) Keys(ctx context.Context, views []Look) ([]KeyUse, error) {
	keys, err := d.PrivateKeys(ctx, repositoriesOf(views)...)
	out := make([]KeyUse, len(keys))
	uses := usesByKey(views)
	var marks map[model.KeyID]port.BackupMark
	if d.Backups != nil {
		var unknown error
		marks, unknown = d.Backups.Marks(ctx)
		err = errors.Join(err, unknown)
	}
	for i, key := range keys {
		out[i] = KeyUse{PrivateKey: key, Backup: marks[key.ID]}
		for _, id := range key.IDs() {
			out[i].Uses = append(out[i].Uses, uses[id]...)
		}
	}
	return out, err
}

func usesByKey(views []Look) map[model.KeyID][]Use {
	uses := map[model.KeyID][]Use{}
	for _, v := range views {
		if v.Repository == nil {
			continue
		}
		for _, key := range v.Repository.Keys {
			for _, role := range key.Roles {
				uses[key.ID] = append(uses[key.ID], Use{v.GUN, role})
			}
		}
	}
	return uses
}

// Listing says which repositories list each of the keys, by name. A key is found by any of its
// IDs.
func Listing(keys []KeyUse) map[model.KeyID][]model.GUN {
	out := map[model.KeyID][]model.GUN{}
	for _, key := range keys {
		var guns []model.GUN
		for _, use := range key.Uses {
			guns = append(guns, use.GUN)
		}
		slices.Sort(guns)
		guns = slices.Compact(guns)
		for _, id := range key.IDs() {
			out[id] = guns
		}
	}
	return out
}
