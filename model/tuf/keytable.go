package tuf

import (
	"cmp"
	"slices"

	"trustdeck/model"
)

// A keyTable joins the names of keys across the files of a repository: one key may be listed
// under several IDs, because its form has changed.
type keyTable map[model.KeyID]map[model.KeyID]*verifier

func newKeyTable() keyTable { return keyTable{} }

func (t keyTable) add(v *verifier) {
	if t[v.canonical] == nil {
		t[v.canonical] = map[model.KeyID]*verifier{}
	}
	if have := t[v.canonical][v.ID]; have == nil || have.Holder == "" {
		t[v.canonical][v.ID] = v
	}
}

// join returns the keys sorted by ID, with the roles that list them.
func (t keyTable) join(roles []model.Role) []model.Key {
	uses := model.RolesByKey(roles)
	keys := make([]model.Key, 0, len(t))
	for id, names := range t {
		key := model.Key{ID: id, Roles: uses[id]}
		for listed := range names {
			key.ListedAs = append(key.ListedAs, listed)
		}
		slices.Sort(key.ListedAs)
		for _, listed := range key.ListedAs {
			v := names[listed]
			key.Types = append(key.Types, v.Type)
			key.Algorithm, key.SPKI = v.algorithm(), v.spki
			key.Holder = cmp.Or(key.Holder, v.Holder)
			key.Online = key.Online || v.Online
		}
		keys = append(keys, key)
	}
	slices.SortFunc(keys, func(a, b model.Key) int { return cmp.Compare(a.ID, b.ID) })
	return keys
}
