package notary_test

import (
	"testing"
	"time"

	"trustdeck/model"
	"trustdeck/model/notary"
	"trustdeck/model/notary/docker"
	"trustdeck/model/notary/notarytest"
)

// Clients do not get to a file that the snapshot does not list: the role is broken, and
// the rest of the repository is pulled as if it had none.
func TestUnlistedIsPassedOver(t *testing.T) {
	now := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	repo, alice := notarytest.New("registry.example.org/acme/app", now), notarytest.NewKey()
	repo.Delegate(docker.Releases, 1, []string{""}, alice)
	repo.Tag(docker.Releases, "1.0", "one")
	repo.Tag(model.RoleTargets, "2.0", "two")
	repo.Seal(model.RoleTargets, docker.Releases)
	repo.Hidden[docker.Releases] = repo.Files[docker.Releases].Wire()
	delete(repo.Files, docker.Releases)
	repo.SealSnapshot()
	r := repo.Read()
	if role := r.Role(docker.Releases); role.State != model.RoleBroken || role.Version != 1 || role.Valid != 1 {
		t.Errorf("%s, version %d, %d valid signatures", role.State, role.Version, role.Valid)
	}
	if p := notary.Refusal(r); p != nil {
		t.Errorf("clients refuse the repository: %s", p.Text)
	}
	for tag, want := range map[string]bool{"1.0": false, "2.0": true} {
		if got := docker.Resolve(r, tag); got.OK != want {
			t.Errorf("%s is pulled: %v, %s", tag, got.OK, got.Reason)
		}
	}
}
