package plan_test

import (
	"testing"

	"trustdeck/model"
	"trustdeck/model/notary/docker"
	"trustdeck/model/notary/notarytest"
)

func add(role model.RoleName, name, content string) model.Change {
	return model.NewAddTarget(role, notarytest.Target(name, content))
}

func remove(role model.RoleName, name string) model.Change {
	return model.RemoveTarget{Role: role, Name: name}
}

// Tags are added, replaced and removed in the roles that are named, and nowhere else; the
// plan says what clients find.
func TestTargets(t *testing.T) {
	fresh := func() *notarytest.Repo { repo, _, _ := signed(); return repo }
	unsigned := fresh()
	unsigned.Delegate("targets/carol", 1, []string{""}, notarytest.NewKey())
	delete(unsigned.Files, "targets/carol")
	unsigned.Seal(model.RoleTargets)
	carol := notarytest.NewKey()
	removed := fresh()
	removed.Delegate("targets/carol", 1, []string{""}, carol)
	removed.Keys["targets/carol"] = []notarytest.Key{carol}
	removed.Tag("targets/carol", "old", "old")
	removed.Seal(model.RoleTargets, "targets/carol")
	removed.Drop("targets/carol", true)
	removed.Seal(model.RoleTargets)

	check(t, map[string]row{
		"a new tag": {change: add(docker.Releases, "3.0", "three"), repo: fresh(), server: true, want: []string{
			`why targets/releases: to add tag "3.0"`, `"3.0" added`, "gained: 3.0", "pull: sees 1 additional tag: 3.0; none removed", "not: targets 2 to", "ready:",
		}},
		"the same once more": {change: add(docker.Releases, "1.0", "one"), repo: fresh(), server: true, want: []string{
			"nothing: the repository already has this change",
		}},
		"another digest": {change: add(docker.Releases, "1.0", "another"), repo: fresh(), server: true, want: []string{
			`"1.0" content changed`, "pull: sees no additional tag; sees 1 tag with different contents: 1.0; none removed",
		}},
		"several": {
			changes: []model.Change{add(docker.Releases, "3.0", "three"), add(docker.Releases, "4.0", "four"), remove(docker.Releases, "1.0"), add("targets/alice", "3.0", "three")},
			repo:    fresh(), server: true, want: []string{
				`why targets/releases: to add 2 tags and remove tag "1.0"`, `why targets/alice: to add tag "3.0"`, "gained: 3.0 4.0", "lost: 1.0",
				`others: targets/alice still lists "1.0"`, "not: clients don't look",
			},
		},
		"where nobody looks": {change: add("targets/alice", "3.0", "three"), repo: fresh(), server: true, want: []string{
			"pull: sees the same tags as before", "others: clients don't look for tags in targets/alice",
		}},
		"behind another of its name": {change: add(model.RoleTargets, "1.0", "another"), repo: fresh(), server: true, want: []string{
			`warning: targets/releases lists "1.0" with different contents, and clients look there before targets`, "pull: sees the same tags as before",
		}},
		"behind the same": {change: add(model.RoleTargets, "1.0", "one"), repo: fresh(), server: true, want: []string{"not: warning:", "not: others:"}},
		"added and removed again": {changes: []model.Change{add(docker.Releases, "3.0", "three"), remove(docker.Releases, "3.0")}, repo: fresh(), server: true, want: []string{
			`why targets/releases: to remove tag "3.0"`, "contents unchanged",
		}},
		"revoked everywhere": {changes: []model.Change{remove(docker.Releases, "1.0"), remove("targets/alice", "1.0")}, repo: fresh(), server: true, want: []string{
			"lost: 1.0", "pulled 1.0: now targets/releases", "then nothing", "not: still", "not: warning:",
		}},
		"revoked where clients look first": {
			changes: []model.Change{add(model.RoleTargets, "1.0", "another"), remove(docker.Releases, "1.0")}, repo: fresh(), server: true, want: []string{
				`warning: clients still find "1.0" in targets`, "then targets", "not: lost: 1.0",
			},
		},
		"not there": {change: remove(docker.Releases, "9.9"), repo: fresh(), server: true, want: []string{
			`nothing: there is no tag "9.9" in targets/releases; there is nothing to write`,
		}},
		"the first of a role": {change: add("targets/carol", "3.0", "three"), repo: unsigned, server: true, keys: []model.RoleName{model.RoleTargets}, want: []string{
			"targets/carol 0 to 1", "waiting: some keys are not on this machine: targets/carol needs 1 signature more",
		}},
		"beside an old file of the role": {
			changes: []model.Change{model.AddSigner{Name: "carol", Keys: []model.PublicKey{carol.PublicKey}}, add("targets/carol", "3.0", "three")},
			repo:    removed, want: []string{`"3.0" added`, `"old" removed`, "to replace version 1, which the server has"},
		},
		"a key elsewhere": {change: add("targets/bob", "3.0", "three"), repo: fresh(), server: true, keys: []model.RoleName{model.RoleTargets, "targets/alice"}, want: []string{
			"waiting: some keys are not on this machine: targets/bob needs",
		}},
	})
}
