package flows_test

import (
	"strings"
	"testing"

	"trustdeck/model"
	"trustdeck/model/tuf"
	"trustdeck/tui/flow"
	"trustdeck/tui/flows"
	"trustdeck/tui/tuitest"
)

// Keys of two folders get no new passphrase together: that is said before the review.
func TestPassphraseOfKeysInTwoFolders(t *testing.T) {
	backend := tuitest.NewKeyBackend()
	facts := backend.Known
	facts.Keys = []model.PrivateKey{
		{ID: tuitest.Key("one"), Label: "alice", Encrypted: true, Store: "/trust"},
		{ID: tuitest.Key("two"), Label: "bob", Encrypted: true, Store: "/own"},
	}
	m, _ := flow.New(flows.KeyPassphrase(backend), facts, flow.Answers{Values: map[string][]string{
		flows.NamedKeys: {string(tuitest.Key("one")), string(tuitest.Key("two"))},
	}})
	if m.State() != flow.Asking || m.Problem() == nil || !strings.Contains(m.Problem().Error(), "they can't be changed all or none") {
		t.Errorf("%s: %v", m.State(), m.Problem())
	}
}

// A key is purged and off-boarded by the ID that its folder gives it, too.
func TestKeyIsNamedAsItsFolderNamesIt(t *testing.T) {
	w := &walker{t: t, files: files(t), world: newWorld()}
	listed := w.world.repositories[live].Role("targets/bob").Keys[0]
	mine := model.PrivateKey{ID: tuitest.Key("of its folder"), Also: []model.KeyID{listed}, Label: "bob", Encrypted: true}
	facts := flow.Facts{Keys: append(w.world.keys, mine)}
	for id, f := range map[string]*flow.Flow{"purged": flows.DelegationPurge(w.backend()), "who": flows.OffBoard(w.backend())} {
		w.begin(f, facts, map[string][]string{"repositories": {live}, id: {string(mine.ID[:10])}})
		if w.m.Problem() != nil {
			t.Errorf("%s: %v", id, w.m.Problem())
		}
	}
}

// Where no server holds keys, asking for one is refused.
func TestServerThatHoldsNoKeys(t *testing.T) {
	w := &walker{t: t, files: files(t), world: &world{dialect: tuf.Dialect{}}}
	w.begin(flows.Init(w.backend()), flow.Facts{}, map[string][]string{"repositories": {live}, "root": {"new"}, "root-keys": {"1"}, "snapshot": {"server"}, "algorithm": {"rsa"}})
	if w.m.Problem() == nil || !strings.Contains(w.m.Problem().Error(), "no server holds keys of this kind of repository") {
		t.Errorf("%s: %v", w.m.State(), w.m.Problem())
	}
}
