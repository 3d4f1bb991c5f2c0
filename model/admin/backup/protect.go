package backup

import (
	"context"

	"trustdeck/model"
)

// Exposed are the keys whose files other users of this machine may read or change.
func Exposed(keys []model.PrivateKey) []model.PrivateKey {
	var out []model.PrivateKey
	for _, k := range keys {
		if k.Exposed && k.ID != "" {
			out = append(out, k)
		}
	}
	return out
}

// Protect takes from other users of this machine the right to read or change the files
// of keys, all of those that are exposed where none is named. It returns those that it
// has protected, up to the first that it cannot.
func (b *Service) Protect(ctx context.Context, ids []model.KeyID) ([]model.PrivateKey, error) {
	keys, err := b.Store.Keys(ctx)
	if err != nil {
		return nil, err
	}
	wanted := map[model.KeyID]bool{}
	for _, id := range ids {
		wanted[id] = true
	}
	var done []model.PrivateKey
	for _, k := range Exposed(keys) {
		if len(ids) > 0 && !wanted[k.ID] {
			continue
		}
		if err := b.Folder.Protect(ctx, k); err != nil {
			return done, err
		}
		done = append(done, k)
	}
	return done, nil
}
