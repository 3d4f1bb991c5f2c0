package health_test

import (
	"testing"

	"trustdeck/model"
	"trustdeck/model/health"
	"trustdeck/model/notary"
	"trustdeck/model/notary/docker"
	"trustdeck/model/notary/notarytest"
)

// What is left of the signature of a signer who was removed is a notice where the role
// has enough without it, said once for each key; where it has not, it is a warning.
func TestForeignSignature(t *testing.T) {
	for name, row := range map[string]struct {
		signed func(alice, bob notarytest.Key) []notarytest.Key
		level  health.Level
		want   model.Severity
	}{
		"alice has signed too": {func(alice, bob notarytest.Key) []notarytest.Key { return []notarytest.Key{alice, bob, bob} }, health.OK, model.Notice},
		"nobody else has":      {func(_, bob notarytest.Key) []notarytest.Key { return []notarytest.Key{bob} }, health.Broken, model.Warning},
	} {
		t.Run(name, func(t *testing.T) {
			alice, bob := notarytest.NewKey(), notarytest.NewKey()
			repo := notarytest.New("registry.example.com/acme/app", now)
			repo.Delegate("targets/alice", 1, []string{""}, alice)
			repo.Delegate(docker.Releases, 1, []string{""}, alice)
			repo.Tag(docker.Releases, "1.0", "one")
			repo.Seal(model.RoleTargets, "targets/alice", docker.Releases)
			notarytest.SignFile(repo.Files[docker.Releases], row.signed(alice, bob)...)
			repo.SealSnapshot()
			read := repo.Read()
			var found []health.Finding
			a := health.Assess(read, health.DefaultOptions())
			for _, f := range a.Findings {
				if f.Code == string(model.ProblemForeignSignature) {
					found = append(found, f)
				}
			}
			if a.Level != row.level || len(found) != 1 || found[0].Severity != row.want {
				t.Errorf("%s, %+v; the key is %s", a.Level, found, notary.CanonicalID(bob.PublicKey).Short())
			}
		})
	}
}
