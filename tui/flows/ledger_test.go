package flows_test

import (
	"regexp"
	"testing"

	"trustdeck/model"
	"trustdeck/model/dialect/dialecttest"
	"trustdeck/model/dialect/dialecttest/ledger"
	"trustdeck/tui/tuitest"
)

// ledgerWorld is the world of newWorld in a dialect that shares no convention with
// Docker's: the signers alice and bob have files, and nobody has been removed.
func ledgerWorld(t *testing.T) *world {
	t.Helper()
	out := &world{
		dialect: ledger.Dialect{}, foreign: regexp.MustCompile(`(?i)docker|notary|targets/`),
		served: images(), repositories: map[string]*model.Repository{}, listing: unlisted(), leftovers: map[string]map[model.RoleName][]byte{},
	}
	for name, at := range map[string]int{live: 0, expired: -1} {
		w, err := dialecttest.NewWorld(ledger.Subject())
		if err != nil {
			t.Fatal(err)
		}
		err = w.Grant(
			now.AddDate(at, 0, 0),
			model.Delegation{From: model.RoleTargets, Name: "alice", Threshold: 1},
			model.Delegation{From: model.RoleTargets, Name: "bob", Threshold: 1},
		)
		if err != nil {
			t.Fatal(err)
		}
		draft := w.Dialect.Draft(dialecttest.GUN, w.Repository, true)
		draft.AddTarget(model.RoleTargets, tuitest.TargetOf("v1"))
		if err := w.Publish(draft, now.AddDate(at, 0, 0)); err != nil {
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
