package flows_test

import (
	"errors"
	"testing"

	"trustdeck/model"
	"trustdeck/model/dialect/dialecttest"
	"trustdeck/model/dialect/dialecttest/ledger"
)

// ledgerWorld is the world of newWorld in a dialect that shares no convention with
// Docker's: the signers alice and bob have files, and nobody has been removed.
func ledgerWorld(t *testing.T) *world {
	t.Helper()
	out := &world{
		dialect: ledger.Dialect{}, repositories: map[string]*model.Repository{}, listing: unlisted(), leftovers: map[string]map[model.RoleName][]byte{},
	}
	for name, at := range map[string]int{live: 0, expired: -1} {
		w, err := dialecttest.NewWorld(ledger.Subject())
		if err != nil {
			t.Fatal(err)
		}
		draft := w.Dialect.Draft(dialecttest.GUN, w.Repository, true)
		for _, signer := range []model.RoleName{"alice", "bob"} {
			key, err := w.NewKey(signer)
			if err != nil {
				t.Fatal(err)
			}
			w.Keys[signer] = []dialecttest.Key{key}
			draft.Delegate(model.Delegation{From: model.RoleTargets, Name: signer, Threshold: 1}, key.Listed)
			draft.Bump(signer)
		}
		if err := errors.Join(w.Publish(draft, now.AddDate(at, 0, 0)), w.Sound()); err != nil {
			t.Fatal(err)
		}
		repository := w.Look(now)
		repository.GUN = model.GUN(name)
		out.repositories[name] = repository
		for role, keys := range w.Keys {
			for _, k := range keys {
				if role != model.RoleTimestamp && role != "bob" {
					out.keys = append(out.keys, model.PrivateKey{
						ID: w.Dialect.CanonicalID(k.Listed), Label: w.Dialect.Short(role), GUN: model.GUN(name), Place: "file", Encrypted: true,
					})
				}
			}
		}
	}
	return out
}
