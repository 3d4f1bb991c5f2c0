package change

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"trustdeck/e2e/peer"
	"trustdeck/keystore/trustdir"
	"trustdeck/model"
	"trustdeck/model/notary"
	"trustdeck/model/notary/notarytest"
)

// crowded publishes a repository with so many delegations, of which a few have a file, and
// whose keys of root and targets are in the trust folder.
func crowded(t *testing.T, delegations int) *trouble {
	t.Helper()
	x := newTrouble(t, peer.MemoryServer(t))
	repo := notarytest.New(troubled, time.Now())
	key := notarytest.NewKey()
	for i := range delegations {
		role := model.RoleName(fmt.Sprintf("targets/d%d", i))
		repo.Delegate(role, 1, []string{""}, key)
		if i >= 5 {
			delete(repo.Files, role)
		}
	}
	store := trustdir.Open(x.trust)
	for role, passphrase := range map[model.RoleName]string{model.RoleRoot: peer.RootPassphrase, model.RoleTargets: peer.TargetsPassphrase} {
		if _, err := store.Add(t.Context(), repo.Keys[role][0].Private, string(role), troubled, []byte(passphrase)); err != nil {
			t.Fatal(err)
		}
	}
	peer.Publish(t, x.server, x.server.Client(), repo)
	return x
}

// A repository with as many roles as trustdeck reads can be changed, and gets no more.
func TestManyDelegations(t *testing.T) {
	x := crowded(t, notary.MaxRoles-len(model.TopLevelRoles()))
	qa := x.signer("qa", false)
	r := x.try("delegation", "add", "--yes", "--key", qa.PublicFile, "--all-paths", troubled, "targets/qa")
	if r.Code != 2 || !strings.Contains(r.Stderr, "targets would delegate to 4093 roles, the limit is 4092") {
		t.Errorf("exit code %d: %s", r.Code, r.Stderr)
	}
	x.do("delegation", "edit", "--key", qa.PublicFile, troubled, "targets/d4000")
	hasAll(t, x.notary.Run(t, "delegation", "list", troubled), "targets/d4091", qa.ID)
}

// One with more says that it has too many, and is left as it is.
func TestTooManyDelegations(t *testing.T) {
	x := crowded(t, 5_000)
	hasAll(t, x.notary.Run(t, "delegation", "list", troubled), "targets/d4999")
	qa := x.signer("qa", false)
	for _, args := range [][]string{
		{"delegation", "remove", "--yes", troubled, "targets/d7"},
		{"delegation", "edit", "--yes", "--threshold", "1", troubled, "targets/d7"},
		{"delegation", "purge", "--yes", qa.ID, troubled},
		{"delegation", "add", "--yes", "--key", qa.PublicFile, "--all-paths", troubled, "targets/qa"},
	} {
		r := x.try(args...)
		if r.Code == 0 || !strings.Contains(r.Stderr, "more than 4096 roles") {
			t.Errorf("trustdeck %q: exit code %d: %s", args, r.Code, r.Stderr)
		}
	}
}
