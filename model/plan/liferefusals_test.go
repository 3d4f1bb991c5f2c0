package plan_test

import (
	"testing"

	"trustdeck/model"
	"trustdeck/model/notary/docker"
	"trustdeck/model/notary/notarytest"
	"trustdeck/model/plan"
)

// lifeRefusals are changes of repositories that are there, and make no sense.
func lifeRefusals(t *testing.T) []refusal {
	t.Helper()
	repo, alice, _ := signed()
	under, _, _ := signed()
	notarytest.SignFile(under.Files["targets/alice"], notarytest.NewKey())
	under.SealSnapshot()
	tampered, _, _ := signed()
	tampered.Files["targets/alice"].Targets = nil
	empty, _, _ := signed()
	empty.Delegate("targets/carol", 1, []string{""}, notarytest.NewKey())
	delete(empty.Files, "targets/carol")
	empty.Seal(model.RoleTargets)
	strict := notarytest.New(gun, now)
	bob := notarytest.NewKey()
	strict.Delegate("targets/alice", 1, []string{""}, alice)
	strict.Delegate("targets/bob", 1, []string{""}, bob)
	strict.Delegate(docker.Releases, 2, []string{""}, alice, bob)
	strict.Seal(model.RoleTargets, docker.Releases)

	var out []refusal
	add := func(name string, repo *notarytest.Repo, changes ...model.Change) {
		r := plan.Request{Dialect: docker.Dialect{}, Changes: changes}
		if repo != nil {
			r.Repository = repo.Read()
		}
		out = append(out, refusal{name, r})
	}
	rotate := func(role model.RoleName, choices ...model.KeyChoice) model.RotateKey {
		return model.RotateKey{Role: role, Keys: model.RoleKeys{Keys: choices, Threshold: 1}}
	}
	fresh, server := model.KeyChoice{Source: model.KeyNew}, model.KeyChoice{Source: model.KeyServer}
	add("renew nothing", repo, model.Renew{})
	add("renew what is not there", repo, model.Renew{Roles: []model.RoleName{"targets/dave"}})
	add("renew what has no file", empty, model.Renew{Roles: []model.RoleName{"targets/carol"}})
	add("renew what is under-signed", under, model.Renew{Roles: []model.RoleName{"targets/alice"}})
	add("renew where nothing is", nil, model.Renew{Roles: []model.RoleName{model.RoleTargets}})
	add("renew what is only just made", nil, initialise(), model.Renew{Roles: []model.RoleName{model.RoleTargets}})
	add("renew what is removed", repo, model.RemoveSigner{Name: "alice"}, model.Renew{Roles: []model.RoleName{"targets/alice"}})
	narrow, _, _ := signed()
	narrow.Delegate("targets/dave", 1, []string{"dave-"}, notarytest.NewKey())
	delete(narrow.Files, "targets/dave")
	narrow.Seal(model.RoleTargets)
	tag := func(role model.RoleName) model.AddTarget {
		return model.NewAddTarget(role, notarytest.Target("9.9", "nine"))
	}
	unhashed, custom := tag(model.RoleTargets), tag(model.RoleTargets)
	unhashed.SHA256, unhashed.SHA512, custom.Custom = nil, nil, []byte(`{"b":1,"a":2}`)
	add("a tag in a role that is not there", repo, tag("targets/dave"))
	add("a tag in the root", repo, tag(model.RoleRoot))
	add("a tag in a role that is removed", repo, model.RemoveSigner{Name: "alice"}, tag("targets/alice"))
	add("a tag outside the paths", narrow, tag("targets/dave"))
	add("a tag in an under-signed role", under, tag("targets/alice"))
	add("a tag without a hash", repo, unhashed)
	add("a tag with a custom value that nobody can sign", repo, custom)
	add("revoke in a role that is not there", repo, model.RemoveTarget{Role: "targets/dave", Name: "1.0"})
	add("witness nothing", repo, model.Witness{})
	add("witness root", repo, model.Witness{Roles: []model.RoleName{model.RoleRoot}})
	add("witness what is not there", repo, model.Witness{Roles: []model.RoleName{"targets/dave"}})
	add("witness what was changed after planning", tampered, model.Witness{Roles: []model.RoleName{"targets/alice"}})
	add("remove releases", repo, model.RemoveSigner{Name: "releases"})
	add("remove where nothing is", nil, model.RemoveSigner{Name: "alice"})
	add("remove one of two who must both sign", strict, model.RemoveSigner{Name: "alice"})
	add("rotate to nothing", repo, rotate(model.RoleTargets))
	add("rotate without a threshold", repo, model.RotateKey{Role: model.RoleTargets, Keys: model.RoleKeys{Keys: []model.KeyChoice{fresh}}})
	add("rotate the timestamp to a key of ours", repo, rotate(model.RoleTimestamp, fresh))
	add("rotate targets to the server", repo, rotate(model.RoleTargets, server))
	add("rotate to the server and another", repo, rotate(model.RoleSnapshot, server, fresh))
	add("rotate twice", repo, rotate(model.RoleTargets, fresh), rotate(model.RoleTargets, fresh))
	add("rotate what is not there", repo, rotate("targets/dave", fresh))
	add("rotate to the same key", repo, rotate("targets/alice", model.KeyChoice{Source: model.KeyGiven, Public: alice.PublicKey}))
	add("rotate to the key that is here already", repo, rotate(model.RoleTargets, model.KeyChoice{Source: model.KeyHere, ID: repo.Keys[model.RoleTargets][0].ID}))
	twice := rotate(model.RoleTargets, model.KeyChoice{Source: model.KeyGiven, Public: alice.PublicKey}, model.KeyChoice{Source: model.KeyHere, ID: alice.ID})
	add("rotate to one key twice", repo, twice)
	stranger := rotate("targets/alice", fresh)
	stranger.Replaced = []model.KeyID{repo.Keys["targets/bob"][0].ID}
	add("replace a key that it does not have", repo, stranger)
	partly := rotate(model.RoleTargets, fresh)
	partly.Replaced = []model.KeyID{repo.Keys[model.RoleTargets][0].ID}
	add("replace a part of the targets keys", repo, partly)
	legacy := rotate(model.RoleTargets, fresh)
	legacy.CosignRoots = 1
	add("legacy signatures of targets", repo, legacy)
	add("rotate to a weak key", repo, rotate("targets/alice", model.KeyChoice{Source: model.KeyGiven, Public: weak(t)}))
	add("rotate root to a bare key", repo, rotate(model.RoleRoot, model.KeyChoice{Source: model.KeyGiven, Public: alice.PublicKey}))
	add("rotate root to an expired certificate", repo, rotate(model.RoleRoot, model.KeyChoice{Source: model.KeyGiven, Public: certified(t, late)}))
	return out
}
